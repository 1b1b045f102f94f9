//! An app with a token, and a developer who registers it.

use serde_json::{Value, json};

use super::{ANNA, Answer, Person, World};

pub(crate) struct TestApp<'w> {
    pub(crate) world: &'w World,
    pub(crate) id: String,
    pub(crate) token: String,
}

impl TestApp<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.world.http.get(self.world.url(path)).bearer_auth(&self.token)).await
    }

    pub(crate) async fn post(&self, path: &str) -> Answer {
        Answer::of(self.world.http.post(self.world.url(path)).bearer_auth(&self.token)).await
    }

    /// Whether its token opens doors.
    pub(crate) async fn is_live(&self) -> bool {
        let status = self.get("/app").await.status;
        assert!(matches!(status, 200 | 401 | 403), "{status}");
        status == 200
    }

    /// What it may do on a guild; nothing where it is answered 404.
    pub(crate) async fn may(&self, guild: u64) -> Vec<String> {
        self.permissions(&format!("/app/guilds/{guild}")).await
    }

    /// What it may do for a user.
    pub(crate) async fn may_for(&self, user: u64) -> Vec<String> {
        self.permissions(&format!("/app/users/{user}")).await
    }

    async fn permissions(&self, path: &str) -> Vec<String> {
        let answer = self.get(path).await;
        match answer.status {
            404 => vec![],
            200 => serde_json::from_value(answer.json()["permissions"].clone()).unwrap(),
            _ => panic!("{}", answer.text()),
        }
    }
}

impl World {
    /// Has an operator trust an app.
    pub(crate) async fn trust(&self, app: &TestApp<'_>) {
        let operator = self.sign_in(ANNA).await;
        let answer = operator.put(&format!("/apps/{}/trusted", app.id), json!({"trusted": true})).await;
        assert_eq!(answer.status, 204, "{}", answer.text());
    }
}

impl<'w> Person<'w> {
    /// Registers an app.
    pub(crate) async fn register(&self, name: &str) -> TestApp<'w> {
        self.register_with(json!({"name": name, "logo_url": null, "private": false})).await
    }

    pub(crate) async fn register_with(&self, body: Value) -> TestApp<'w> {
        let answer = self.post("/apps", body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let given = answer.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        TestApp { world: self.world, id: text(&given["app"]["id"]), token: text(&given["token"]) }
    }

    /// Authorizes an app on a guild.
    pub(crate) async fn authorize(&self, app: &TestApp<'_>, guild: u64, permissions: &[&str]) -> Answer {
        self.put(&format!("/apps/{}/guilds/{guild}", app.id), json!({"permissions": permissions})).await
    }

    /// Takes that back.
    pub(crate) async fn deauthorize(&self, app: &TestApp<'_>, guild: u64) -> Answer {
        self.delete(&format!("/apps/{}/guilds/{guild}", app.id)).await
    }

    /// Authorizes an app for themselves.
    pub(crate) async fn authorize_for_me(&self, app: &TestApp<'_>, permissions: &[&str]) -> Answer {
        self.put(&format!("/apps/{}/users/@me", app.id), json!({"permissions": permissions})).await
    }
}
