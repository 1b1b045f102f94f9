//! twilight-http against the stand-in Discord, for each thing that guildpass asks Discord for.
//!
//! `twilight-client --discord http://127.0.0.1:PORT` prints a line for each check and ends non-zero if one failed.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Debug;
use std::process::ExitCode;

use serde_json::Value;
use twilight_http::Client;
use twilight_http::error::ErrorType;
use twilight_model::guild::Permissions;
use twilight_model::id::Id;
use url::Url;

type Fallible<T> = Result<T, Box<dyn Error>>;

const ANNA: u64 = 158_908_186_768_937_126;
const EMIL: u64 = 870_591_134_395_772_943;
const FAY: u64 = 1_141_840_098_770_477_217;
const GWEN: u64 = 1_204_205_703_024_488_595;
const LIGHTHOUSE: u64 = 272_120_529_715_212_344;
const SCOPES: &str = "identify guilds connections guilds.join";

#[derive(Default)]
struct Report {
    passed: u32,
    failed: u32,
}

impl Report {
    fn check<T: PartialEq + Debug>(&mut self, what: &str, is: T, should: T) {
        if is == should {
            self.passed += 1;
            println!("ok      {what}");
        } else {
            self.failed += 1;
            println!("FAILED  {what}: {is:?}, not {should:?}");
        }
    }
}

/// The stand-in, and the application that may use it.
struct StandIn {
    url: Url,
    application: HashMap<String, Value>,
}

impl StandIn {
    fn at(url: Url) -> Fallible<Self> {
        let application = ureq::get(url.join("/__control/application")?.as_str()).call()?.body_mut().read_json()?;
        Ok(Self { url, application })
    }

    fn text(&self, name: &str) -> Fallible<&str> {
        self.application.get(name).and_then(Value::as_str).ok_or_else(|| format!("no {name}").into())
    }

    /// Another client may have been here before.
    fn take_out(&self, guild: u64, user: u64) -> Fallible<()> {
        let member =
            serde_json::json!({ "guild_id": guild.to_string(), "user_id": user.to_string(), "permissions": null });
        ureq::put(self.url.join("/__control/member")?.as_str()).send_json(member)?;
        Ok(())
    }

    fn client(&self, token: String) -> Fallible<Client> {
        let (host, port) = (self.url.host_str().ok_or("no host")?, self.url.port().ok_or("no port")?);
        Ok(Client::builder().proxy(format!("{host}:{port}"), true).token(token).build())
    }

    /// The access token of a user who signs in.
    fn sign_in(&self, user: u64, scopes: &str) -> Fallible<String> {
        let redirect_uri = self.application.get("redirect_uris").and_then(|uris| uris.get(0)).and_then(Value::as_str);
        let (redirect_uri, client_id) = (redirect_uri.ok_or("no redirect URI")?, self.text("client_id")?);

        let user = user.to_string();
        let mut page = self.url.join("/oauth2/authorize")?;
        page.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", scopes)
            .append_pair("as_user", &user);
        let back = ureq::get(page.as_str()).config().max_redirects(0).build().call()?;
        let location = back.headers().get("location").ok_or("no redirect")?.to_str()?;
        let code =
            Url::parse(location)?.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());

        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code.ok_or("no code")?),
            ("redirect_uri", redirect_uri),
            ("client_id", client_id),
            ("client_secret", self.text("client_secret")?),
        ];
        let token = self.url.join("/api/v10/oauth2/token")?;
        let tokens: Value = ureq::post(token.as_str()).send_form(form)?.body_mut().read_json()?;
        tokens.get("access_token").and_then(Value::as_str).map(str::to_owned).ok_or_else(|| "no access token".into())
    }
}

/// Status and Discord's code of a refusal.
fn refusal<T>(answer: Result<T, twilight_http::Error>) -> Fallible<(u16, u64)> {
    let error = answer.err().ok_or("no refusal")?;
    match error.kind() {
        ErrorType::Response { body, status, .. } => {
            let body: Value = serde_json::from_slice(body)?;
            Ok((status.get(), body.get("code").and_then(Value::as_u64).ok_or("no code")?))
        }
        _ => Err(error.into()),
    }
}

async fn checks(stand_in: &StandIn, report: &mut Report) -> Fallible<()> {
    let anna = stand_in.client(format!("Bearer {}", stand_in.sign_in(ANNA, SCOPES)?))?;
    let emil = stand_in.client(format!("Bearer {}", stand_in.sign_in(EMIL, SCOPES)?))?;

    let user = anna.current_user().await?.model().await?;
    report.check("identify: the id", user.id.get(), ANNA);
    report.check("identify: the unique name", user.name.as_str(), "anna.lindqvist");
    report.check("identify: the avatar is animated", user.avatar.map(|hash| hash.is_animated()), Some(true));

    let guilds = emil.current_user_guilds().await?.model().await?;
    report.check("guilds: all of Emil's", guilds.len(), 200);
    report.check("guilds: names of 100 characters", guilds.iter().all(|guild| guild.name.chars().count() == 100), true);
    let manages = guilds.iter().filter(|guild| {
        guild.owner || guild.permissions.intersects(Permissions::ADMINISTRATOR | Permissions::MANAGE_GUILD)
    });
    report.check("guilds: those that Emil may manage", manages.count(), 80);
    let first = guilds.first().ok_or("no guild")?;
    let page = emil.current_user_guilds().after(first.id).limit(5).await?.model().await?;
    let ids =
        |guilds: &[twilight_model::user::CurrentUserGuild]| guilds.iter().map(|guild| guild.id).collect::<Vec<_>>();
    report.check("guilds: a page of five", ids(&page), ids(guilds.get(1..6).unwrap_or_default()));

    let connections = anna.current_user_connections().await?.model().await?;
    let kinds: Vec<_> = connections.iter().map(|connection| connection.kind.as_str()).collect();
    report.check("connections: Anna's", kinds, vec!["github", "twitch"]);

    let current = anna.current_authorization().await?.model().await?;
    report.check(
        "authorization: the application",
        current.application.id.to_string(),
        stand_in.text("client_id")?.to_owned(),
    );
    let mut scopes = current.scopes;
    scopes.sort();
    report.check("authorization: the scopes", scopes.join(" "), "connections guilds guilds.join identify".to_owned());
    report.check("authorization: the user", current.user.map(|user| user.id.get()), Some(ANNA));

    let bot = stand_in.client(format!("Bot {}", stand_in.text("bot_token")?))?;
    let (guild, fay) = (Id::new(LIGHTHOUSE), stand_in.sign_in(FAY, SCOPES)?);
    stand_in.take_out(LIGHTHOUSE, FAY)?;
    let joined = bot.add_guild_member(guild, Id::new(FAY), &fay).nick("Fay of Lighthouse").await?;
    report.check("add member: joined", joined.status().get(), 201);
    report.check("add member: the name there", joined.model().await?.nick.as_deref(), Some("Fay of Lighthouse"));
    let again = bot.add_guild_member(guild, Id::new(FAY), &fay).await?;
    report.check("add member: already in", again.status().get(), 204);

    let gwen = stand_in.sign_in(GWEN, SCOPES)?;
    let banned = bot.add_guild_member(guild, Id::new(GWEN), &gwen).await;
    report.check("add member: banned", refusal(banned)?, (403, 40_007));
    let full = bot.add_guild_member(guild, Id::new(EMIL), &stand_in.sign_in(EMIL, SCOPES)?).await;
    report.check("add member: in too many", refusal(full)?, (400, 30_001));
    let dead = bot.add_guild_member(guild, Id::new(FAY), "dead").await;
    report.check("add member: a dead token", refusal(dead)?, (403, 50_025));
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some("--discord"), Some(url)) = (arguments.next().as_deref(), arguments.next()) else {
        eprintln!("usage: twilight-client --discord URL");
        return ExitCode::from(2);
    };
    let mut report = Report::default();
    let outcome = match url.parse().map_err(Into::into).and_then(StandIn::at) {
        Ok(stand_in) => checks(&stand_in, &mut report).await,
        Err(error) => Err(error),
    };
    if let Err(error) = outcome {
        report.failed += 1;
        println!("FAILED  {error}");
    }
    println!("{} passed, {} failed", report.passed, report.failed);
    if report.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
