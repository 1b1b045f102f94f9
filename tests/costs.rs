//! What calls cost on AWS. `docs/costs.md` says it: its tables are made here, of what the wire counts and of the prices below.

use std::collections::BTreeMap;

use expect_test::expect_file;
use local::stand_in::Route;
use serde_json::json;

use crate::budgets::cost;
use crate::world::*;

/// Dollars for a million, in us-east-1.
const READ_UNITS: f64 = 0.125;
const WRITE_UNITS: f64 = 0.625;
const GATEWAY: [f64; 2] = [1.00, 0.90];
const GATEWAY_FIRST: f64 = 300.0;
const INVOCATIONS: f64 = 0.20;
/// Dollars for a GB: of memory for a second on arm64, of log lines, of answers, of a table and its backup for a month.
const MEMORY: f64 = 0.000_013_333_4;
const LOGS: f64 = 0.50;
const TRANSFER: f64 = 0.09;
const TABLE: f64 = 0.25 + 0.20;
const SECRET: f64 = 0.40;
/// Sealing keys, client secret, bot token.
const SECRETS: f64 = 3.0;

/// GB of a function, as the template says.
const SIZE: f64 = 0.125;
/// What a function that has a whole core takes for a request, and for each call of DynamoDB in it: measured, see the page.
const CPU: [f64; 2] = [0.1, 0.4];
/// How much of a core 128 MB get, turned over: 1,769 MB get one.
const SLOWER: f64 = 1769.0 / 128.0;
/// Milliseconds that DynamoDB and Discord take to answer: assumed.
const DYNAMODB: f64 = 5.0;
const DISCORD: f64 = 200.0;
/// Bytes of a log line, with CloudWatch's 26 for each.
const LINE: f64 = 260.0;
/// GB that a user takes in the tables: assumed.
const USER: f64 = 10e-6;

/// What the user of the example does in a visit, and how often a month they come.
const VISIT: [(&str, u32); 8] = [
    (BEGIN, 1),
    (SIGN_IN, 1),
    (PROFILE, 1),
    (GUILDS_ANEW, 1),
    (GUILDS_KEPT, 2),
    (CHECK_FIRST, 4),
    (CHECK, 15),
    (APP_GUILD, 5),
];
const VISITS: f64 = 10.0;

const BEGIN: &str = "`GET /oauth2/authorize`";
const SIGN_IN: &str = "`POST /oauth2`: signing in";
const PROFILE: &str = "`GET /users/@me`";
const GUILDS_ANEW: &str = "`GET /users/@me/guilds`, fetched (40 guilds)";
const GUILDS_KEPT: &str = "`GET /users/@me/guilds`, kept (40 guilds)";
const CHECK_FIRST: &str = "`GET /sessions/@me`, first in five minutes";
const CHECK: &str = "`GET /sessions/@me`";
const APP_GUILD: &str = "`GET /app/guilds/{guild_id}`";

/// One call, as it was measured.
struct Measured {
    reads: f64,
    writes: f64,
    round_trips: f64,
    discord: f64,
    bytes: f64,
}

impl Measured {
    fn milliseconds(&self) -> f64 {
        let cpu = CPU[0] + CPU[1] * self.round_trips;
        (cpu * SLOWER + self.round_trips * DYNAMODB + self.discord * DISCORD).ceil()
    }

    /// Dollars for a million of them.
    fn dynamodb(&self) -> f64 {
        self.reads * READ_UNITS + self.writes * WRITE_UNITS
    }

    fn lambda(&self) -> f64 {
        INVOCATIONS + self.milliseconds() * 1000.0 * SIZE * MEMORY
    }

    fn logs() -> f64 {
        LINE * LOGS / 1000.0
    }

    fn transfer(&self) -> f64 {
        self.bytes * TRANSFER / 1000.0
    }

    fn sum(&self) -> f64 {
        self.dynamodb() + self.lambda() + GATEWAY[0] + Self::logs() + self.transfer()
    }

    fn row(&self, name: &str) -> String {
        let Self { reads, writes, round_trips, discord, .. } = self;
        let milliseconds = self.milliseconds();
        let [dynamodb, lambda, sum] = [self.dynamodb(), self.lambda(), self.sum()].map(dollars);
        format!(
            "| {name} | {round_trips} | {reads} | {writes} | {discord} | {milliseconds} | {dynamodb} | {lambda} | {sum} |\n"
        )
    }
}

fn dollars(amount: f64) -> String {
    format!("${amount:.2}")
}

/// The calls in the order of the page.
struct Calls<'w> {
    world: &'w World,
    of: Vec<(&'static str, Measured)>,
}

impl Calls<'_> {
    async fn measure(&mut self, name: &'static str, asking: impl Future<Output = Answer>) -> Answer {
        let asked =
            || Route::ALL.into_iter().filter(|route| *route != Route::Authorize).map(|route| self.world.asked(route));
        let before: u64 = asked().sum();
        self.world.wire.forget();
        let answer = asking.await;
        assert!(answer.status < 400, "{name}: {}", answer.text());
        let (round_trips, reads, writes) = cost(self.world);
        let headers = answer.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
        let bytes = headers.sum::<usize>() + answer.body.len();
        self.of.push((
            name,
            Measured {
                reads: reads + 0.0,
                writes: writes + 0.0,
                round_trips: round_trips.len() as f64,
                discord: (asked().sum::<u64>() - before) as f64,
                // So that a millisecond that ends in zero makes no other page.
                bytes: (bytes as f64 / 100.0).ceil() * 100.0,
            },
        ));
        answer
    }
}

/// A user in that many guilds, with names as people choose them.
async fn put_into_guilds(world: &World, user: u64, guilds: usize) {
    let emil = world.sign_in(EMIL).await.get("/users/@me/guilds").await.json();
    for guild in emil["guilds"].as_array().unwrap().iter().take(guilds) {
        let id: u64 = guild["id"].as_str().unwrap().parse().unwrap();
        assert!(world.discord().rename_guild(id, format!("A guild of {:05}", id % 100_000)));
        assert!(world.discord().set_member(id, user, Some(0)));
    }
}

async fn measure_users<'w>(world: &'w World, calls: &mut Calls<'w>) -> Person<'w> {
    put_into_guilds(world, FAY, 40).await;
    calls.measure(BEGIN, world.get("/oauth2/authorize", &[("redirect_uri", WEB)])).await;
    let code = world.code(FAY, &[("redirect_uri", WEB)]).await;
    let signed_in = calls.measure(SIGN_IN, world.exchange(json!({"code": code, "redirect_uri": WEB}))).await;
    let fay = world.person(&signed_in);

    calls.measure(CHECK_FIRST, fay.get("/sessions/@me")).await;
    calls.measure(CHECK, fay.get("/sessions/@me")).await;
    calls.measure(PROFILE, fay.get("/users/@me")).await;
    calls.measure(GUILDS_ANEW, fay.get("/users/@me/guilds")).await;
    calls.measure(GUILDS_KEPT, fay.get("/users/@me/guilds")).await;
    calls.measure("`GET /sessions`", fay.get("/sessions")).await;
    let body = json!({"name": "a token", "type": "api", "expiry": 3600});
    let token = calls.measure("`POST /sessions`: an API token", fay.post("/sessions", body)).await.json();
    let path = format!("/sessions/{}", token["session_id"].as_str().unwrap());
    calls.measure("`DELETE /sessions/{session_id}`", fay.delete(&path)).await;
    fay
}

async fn measure_apps(world: &World, calls: &mut Calls<'_>) {
    let anna = world.sign_in(ANNA).await;
    anna.get("/sessions/@me").await;
    let body = json!({"name": "An app", "logo_url": null, "private": false});
    let given = calls.measure("`POST /apps`", anna.post("/apps", body)).await.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let app = TestApp { world, id: text(&given["app"]["id"]), token: text(&given["token"]) };

    let authorize = "`PUT /apps/{app_id}/guilds/{guild_id}`";
    calls.measure(authorize, anna.authorize(&app, LIGHTHOUSE, &["VIEW_CASES"])).await;
    calls.measure(APP_GUILD, app.get(&format!("/app/guilds/{LIGHTHOUSE}"))).await;
    anna.authorize_for_me(&app, &["READ_PROFILE"]).await;
    calls.measure("`GET /app/users/{user_id}`", app.get(&format!("/app/users/{ANNA}"))).await;
    crate::budgets::authorize_on(world, &app, 300).await;
    calls.measure("`GET /app`, a page of 100 guilds", app.get("/app?limit=100")).await;
    calls.measure("`DELETE /apps/{app_id}/guilds/{guild_id}`", anna.deauthorize(&app, LIGHTHOUSE)).await;
    let path = format!("/users/{BEN}/state");
    calls.measure("`PUT /users/{user_id}/state`: a ban", anna.put(&path, json!({"state": "banned"}))).await;
}

/// A month of so many users, line by line.
fn bill(calls: &BTreeMap<&str, &Measured>, users: f64) -> Vec<(&'static str, f64)> {
    let millions = users * VISITS / 1e6;
    let of = |what: &dyn Fn(&Measured) -> f64| -> f64 {
        VISIT.iter().map(|(name, times)| what(calls[name]) * f64::from(*times) * millions).sum()
    };
    let requests = of(&|_| 1.0);
    let lines = vec![
        ("API Gateway", requests.min(GATEWAY_FIRST) * GATEWAY[0] + (requests - GATEWAY_FIRST).max(0.0) * GATEWAY[1]),
        ("Lambda", of(&Measured::lambda)),
        ("DynamoDB, requests", of(&Measured::dynamodb)),
        ("DynamoDB, storage and backup", users * USER * TABLE),
        ("CloudWatch Logs", of(&|_| Measured::logs())),
        ("Data transfer", of(&Measured::transfer)),
        ("Secrets Manager", SECRETS * SECRET),
    ];
    let sum = lines.iter().map(|(_, amount)| amount).sum();
    [lines, vec![("**Sum**", sum)]].concat()
}

/// Dollars a month for so many users, of those who are priced by the user: free up to the first bound, then by steps.
fn by_user(users: f64, base: f64, steps: &[(f64, f64)]) -> f64 {
    let ends = steps.iter().skip(1).map(|(from, _)| *from).chain([f64::INFINITY]);
    steps.iter().zip(ends).map(|((from, price), to)| (users.min(to) - from).max(0.0) * price).sum::<f64>() + base
}

/// The scales of the example, in users a month.
const SCALES: [f64; 3] = [30_000.0, 100_000.0, 1_000_000.0];

fn scaled(name: &str, amounts: [f64; 3], decimals: usize) -> String {
    format!("| {name} | {} |\n", amounts.map(|amount| grouped(amount, decimals)).join(" | "))
}

/// With a comma for each thousand.
fn grouped(amount: f64, decimals: usize) -> String {
    let text = format!("{amount:.decimals$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (place, digit) in whole.char_indices() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("${grouped}{rest}")
}

fn bills(calls: &[(&str, Measured)]) -> String {
    let calls = calls.iter().map(|(name, measured)| (*name, measured)).collect();
    let [few, some, many] = SCALES.map(|users| bill(&calls, users));
    few.iter().zip(some).zip(many).map(|((few, some), many)| scaled(few.0, [few.1, some.1, many.1], 2)).collect()
}

fn others() -> String {
    [
        ("Cognito Lite", 0.0, vec![(10e3, 0.0055), (100e3, 0.0046)]),
        ("Cognito Essentials", 0.0, vec![(10e3, 0.015)]),
        ("Cognito Plus", 0.0, vec![(0.0, 0.020)]),
        ("Clerk Pro", 25.0, vec![(50e3, 0.02), (100e3, 0.018)]),
    ]
    .into_iter()
    .map(|(name, base, steps)| scaled(name, SCALES.map(|users| by_user(users, base, &steps)), 0))
    .collect()
}

/// The page with `rows` in place of those of its table `name`.
fn with_rows(page: &str, name: &str, rows: &str) -> String {
    let begin = format!("<!-- {name}: made by tests/costs.rs -->\n");
    let (before, after) = page.split_once(&begin).unwrap();
    let head: String = after.lines().take(2).map(|line| format!("{line}\n")).collect();
    let (_, after) = after.split_once("\n\n").unwrap();
    format!("{before}{begin}{head}{rows}\n{after}")
}

#[tokio::test]
async fn the_page_says_what_calls_cost() {
    if engine_of_environment().is_some() {
        // AWS's engine for laptops counts transactions higher than AWS does.
        return;
    }
    let world = World::with(&[]).await;
    let mut calls = Calls { world: &world, of: Vec::new() };
    let fay = measure_users(&world, &mut calls).await;
    calls.measure("`DELETE /sessions`: everywhere", fay.delete("/sessions")).await;
    measure_apps(&world, &mut calls).await;

    let rows: String = calls.of.iter().map(|(name, measured)| measured.row(name)).collect();
    let page = std::fs::read_to_string("../docs/costs.md").unwrap();
    let page = with_rows(&page, "calls", &rows);
    let page = with_rows(&page, "bills", &bills(&calls.of));
    let page = with_rows(&page, "others", &others());
    expect_file!["../docs/costs.md"].assert_eq(&page);
}
