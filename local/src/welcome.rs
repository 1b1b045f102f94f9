//! What the command prints.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;

use local::Service;
use local::service::{OPERATOR, host};
use local::stand_in;

/// Where it listens, who can sign in, and what to try next.
pub(crate) fn greet(service: &Service, embedded: Option<&str>) {
    print(&greeting(service, embedded));
}

/// The tables are there.
pub(crate) fn prepared(endpoint: &str) {
    print(&format!("{endpoint} has the tables, and the session that events/*.json come with.\n"));
}

/// Why it does not go on.
pub(crate) fn complain(error: &dyn Error) {
    // Without standard error there is nobody left to tell.
    let _nobody_reads = writeln!(std::io::stderr(), "guildpass: {}", shared::domain::error_chain(error));
}

/// Says it on standard output.
pub(crate) fn print(text: &str) {
    // Whoever closed standard output does not want to read it.
    let _nobody_reads = std::io::stdout().write_all(text.as_bytes());
}

fn greeting(service: &Service, embedded: Option<&str>) -> String {
    let api = host(service.api);
    let mut text = format!("guildpass is ready.\n\n  API       http://{api}\n");
    if let Some((_, address)) = &service.stand_in {
        let _infallible = writeln!(text, "  Discord   http://{}   a stand-in, for development", host(*address));
    }
    let engine = embedded.map_or_else(|| "yours".to_owned(), |kept| format!("embedded, {kept}"));
    let _infallible = writeln!(text, "  DynamoDB  {}   {engine}", service.dynamodb);
    if service.stand_in.is_some() {
        text.push_str(&who_and_what_next(&api));
    }
    text
}

fn who_and_what_next(api: &str) -> String {
    let mut text = "\nUsers of the stand-in:\n\n".to_owned();
    for user in stand_in::users() {
        let operator = if user.id == OPERATOR { " Operator here: may ban." } else { "" };
        let _infallible = writeln!(text, "  {:<20} {:<16} {}{operator}", user.id, user.username, user.role);
    }
    let user = stand_in::users().first().map_or(0, |user| user.id);
    let _infallible = write!(
        text,
        r#"
Next, open http://{api} in a browser; or, in another terminal, sign in as the first of them:

  page=$(curl -so /dev/null -w '%{{redirect_url}}' 'http://{api}/oauth2/authorize?redirect_uri=http://localhost:3000/callback')
  back=$(curl -so /dev/null -w '%{{redirect_url}}' "$page&as_user={user}")
  curl -s http://{api}/oauth2 -H 'content-type: application/json' -d '{{"code": "'${{back#*code=}}'", "redirect_uri": "http://localhost:3000/callback"}}'

Ctrl-C ends it.
"#
    );
    text
}
