//! Connections that die while a function is frozen: nobody says so before the next request.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use local::engine::Engine;
use local::{Options, Service};
use shared::aws::Patience;
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
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                opened.fetch_add(1, Ordering::Relaxed);
                let silenced = silent.lock().unwrap().subscribe();
                open.lock().unwrap().push(tokio::spawn(carry(near, wire.clone(), silenced)).abort_handle());
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

async fn carry(mut near: TcpStream, wire: String, silenced: watch::Receiver<bool>) {
    let mut far = TcpStream::connect(wire).await.unwrap();
    tokio::select! {
        _ended = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
        () = silence(silenced) => std::future::pending().await,
    }
}

async fn silence(mut silenced: watch::Receiver<bool>) {
    assert!(silenced.wait_for(|silent| *silent).await.is_ok());
}

/// Functions that have long been connected, and how often they connected since.
async fn after(world: &World, line: &Line, happens: impl Fn(&Line)) -> (u32, Vec<String>) {
    let patience = Patience {
        connect: Duration::from_secs(3),
        attempt: Duration::from_millis(500),
        operation: Duration::from_secs(15),
    };
    let options =
        Options { engine: Engine::At(line.url.clone()), patience, ..world.options(&[("RATE_LIMITS", "off")]) };
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
