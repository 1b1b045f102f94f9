//! Connections that die while a function is frozen: nobody says so before the next request.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use local::engine::Engine;
use local::{Options, Service};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::world::*;

/// What lies between functions and wire, where connections can be closed, or go silent.
struct Line {
    url: String,
    opened: Arc<AtomicU32>,
    open: Arc<Mutex<Vec<AbortHandle>>>,
    silent: Arc<Mutex<watch::Sender<bool>>>,
}

/// What a connection that has gone silent swallows is a call that stalls.
async fn swallow(near: &mut TcpStream, stalls: &Stalls) {
    let mut swallowed = [0; 4096];
    while near.read(&mut swallowed).await.is_ok_and(|length| length > 0) {
        stalls.begin();
    }
    std::future::pending().await
}

impl Line {
    async fn to(world: &World) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let line = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            opened: Arc::default(),
            open: Arc::default(),
            silent: Arc::new(Mutex::new(watch::Sender::new(false))),
        };
        let wire = world.wire.endpoint().strip_prefix("http://").unwrap().to_owned();
        let (opened, open, silent) = (line.opened.clone(), line.open.clone(), line.silent.clone());
        let stalls = world.wire.stalls().clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                opened.fetch_add(1, Ordering::Relaxed);
                let silenced = silent.lock().unwrap().subscribe();
                open.lock()
                    .unwrap()
                    .push(tokio::spawn(carry(near, wire.clone(), silenced, stalls.clone())).abort_handle());
            }
        });
        line
    }

    fn opened(&self) -> u32 {
        self.opened.load(Ordering::Relaxed)
    }

    /// Closes what is open.
    fn close(&self) {
        self.open.lock().unwrap().drain(..).for_each(|connection| connection.abort());
    }

    /// What is open swallows everything from now on.
    fn silence(&self) {
        self.silent.lock().unwrap().send_replace(true);
        *self.silent.lock().unwrap() = watch::Sender::new(false);
    }
}

async fn carry(mut near: TcpStream, wire: String, silenced: watch::Receiver<bool>, stalls: Stalls) {
    let mut far = TcpStream::connect(wire).await.unwrap();
    tokio::select! {
        _ended = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
        () = silence(silenced) => swallow(&mut near, &stalls).await,
    }
}

async fn silence(mut silenced: watch::Receiver<bool>) {
    assert!(silenced.wait_for(|silent| *silent).await.is_ok());
}

/// Functions that have long been connected, and how often they connected since.
async fn after(world: &World, line: &Line, happens: impl Fn(&Line)) -> (u32, Vec<String>) {
    let options = Options { engine: Engine::At(line.url.clone()), ..world.options(&[("RATE_LIMITS", "off")]) };
    let functions = Service::start(options).await.unwrap();
    let anna = world.sign_in(ANNA).await;
    anna.get("/sessions/@me").await;
    let url = format!("http://{}/sessions", functions.api);
    assert_eq!(Answer::of(world.http.get(&url).bearer_auth(&anna.token)).await.status, 200);

    let before = line.opened();
    world.wire.forget();
    happens(line);
    assert_eq!(Answer::of(world.http.get(&url).bearer_auth(&anna.token)).await.status, 200);
    happens(line);
    assert_eq!(Answer::of(world.http.delete(&url).bearer_auth(&anna.token)).await.status, 204);
    let calls = world.wire.calls().into_iter().map(|call| call.operation).collect();
    assert!(!anna.is_signed_in().await);
    (line.opened() - before, calls)
}

#[tokio::test]
async fn one_that_was_closed_is_opened_again() {
    let world = World::new().await;
    let line = Line::to(&world).await;
    let (opened, calls) = after(&world, &line, Line::close).await;
    assert_eq!(
        (opened, calls),
        (2, ["BatchGetItem", "Query", "BatchGetItem", "UpdateItem"].map(String::from).to_vec())
    );
}

#[tokio::test]
async fn one_that_is_dead_and_does_not_say_so_costs_one_attempt() {
    let world = World::new().await;
    let line = Line::to(&world).await;
    let (opened, calls) = after(&world, &line, Line::silence).await;
    assert_eq!(
        (opened, calls),
        (2, ["BatchGetItem", "Query", "BatchGetItem", "UpdateItem"].map(String::from).to_vec())
    );
}
