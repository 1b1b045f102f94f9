//! From signing in to signing out, with a script's token in between.

use serde_json::json;

use crate::world::*;

#[tokio::test]
async fn a_user_signs_in_makes_a_token_for_a_script_rotates_it_and_leaves() {
    let world = World::with(&[]).await;

    let anna = world.sign_in(ANNA).await;
    assert_eq!(anna.get("/sessions/@me").await.json()["state"], "normal");

    let script = anna.api_token(30 * 86400).await;
    assert!(anna.delete("/sessions/@me").await.status == 204 && script.is_signed_in().await);

    let successor = script.api_token(30 * 86400).await;
    assert_eq!(script.delete("/sessions/@me").await.status, 204);
    assert!(!script.is_signed_in().await);
    assert_eq!(successor.session_ids().await, [successor.session_id.as_str()]);

    let phone = world.sign_in_to_app(ANNA).await;
    assert_eq!(phone.get("/sessions").await.json()["sessions"].as_array().unwrap().len(), 2);
    assert_eq!(phone.delete("/sessions").await.status, 204);
    for gone in [&anna, &script, &successor, &phone] {
        assert_eq!(gone.post("/sessions", json!({})).await.code(), "InvalidToken");
    }
}

#[tokio::test]
async fn the_log_has_one_line_for_each_request_and_says_who() {
    let world = World::new().await;
    let anna = world.sign_in(ANNA).await;
    let answer = anna.get("/sessions").await;
    assert_eq!(answer.status, 200);
    let unknown = world.get("/sessions/@me", &[]).await;
    let id = unknown.json()["request_id"].as_str().unwrap().to_owned();
    let lines = logged_lines(&id);
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
    let fields = &line;
    assert_eq!(
        (&fields["endpoint"], &fields["status"], &fields["error_code"]),
        (&json!("session-current"), &json!(401), &json!("NoAuthToken"))
    );
    assert!(fields["duration_ms"].is_u64());
    let by_anna = logged_lines(&format!(r#""user_id":"{ANNA}""#));
    assert!(
        by_anna
            .iter()
            .any(|line| line.contains(r#""endpoint":"session-list""#) && line.contains(r#""caller_kind":"login""#))
    );
}
