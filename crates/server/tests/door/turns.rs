//! Accounts that send more than can be read, and how much of it is read before another's call.

use std::ffi::OsString;
use std::sync::Mutex;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use charging::AccountId;
use ocr::{Engine, EngineConfig, Page, ReadError, Renderer, RuntimeChoice};
use server::eye::{Reader, Reading};
use tokio::io::AsyncReadExt;

use crate::bad_input::endless_pdf;
use crate::scene::{Caller, Scene};
use crate::server::{INKMETER, picture_bytes};
use crate::wanted::wanted;

const QUEUE: usize = 64;
/// What the greedy accounts send at once.
const FLOOD: usize = 30;

/// The real eye, with a note of whose calls it got and whose it ended.
struct Watched {
    eye: Engine,
    got: Mutex<Vec<AccountId>>,
    ended: Mutex<Vec<AccountId>>,
}

impl Watched {
    fn open(models: OsString) -> Watched {
        let config = EngineConfig {
            models_dir: models.into(),
            runtime: RuntimeChoice::Auto,
            workers: 1,
            memory_bytes: EngineConfig::MEMORY_BYTES,
            tiny: true,
            // Long enough that none of the endless pages ends by itself before the others are read.
            renderer: Some(Renderer {
                program: INKMETER.into(),
                timeout: Duration::from_secs(50),
                ..Renderer::ourselves()
            }),
        };
        Watched { eye: Engine::load(&config).unwrap(), got: Mutex::default(), ended: Mutex::default() }
    }

    fn ended_but_of(&self, account: AccountId) -> usize {
        self.ended.lock().unwrap().iter().filter(|&&other| other != account).count()
    }
}

impl Reader for Watched {
    fn general_text(&self, reading: Reading<'_>) -> Result<Page, ReadError> {
        self.got.lock().unwrap().push(reading.account);
        let read = Reader::general_text(&self.eye, reading);
        self.ended.lock().unwrap().push(reading.account);
        read
    }

    fn workers(&self) -> usize {
        self.eye.workers()
    }
}

/// How many calls of a flood of such pictures, which so many accounts send, end until so many calls of another account
/// are answered, which are sent one after the other once the whole flood is there.
async fn ended_meanwhile(
    (flood, accounts): (&[u8], usize),
    (picture, calls): (&[u8], usize),
) -> Option<usize> {
    let models = wanted("INKMETER_TEST_MODELS")?;
    let scene = Scene::set(Watched::open(models), QUEUE).await;
    let (app, address) = (&scene.running.app, scene.running.address);
    let mut greedy = Vec::new();
    for number in 0..accounts {
        greedy.push(Caller::open(app, &format!("greedy-{number}"), "100000").await);
    }
    let (flood, picture) = (BASE64.encode(flood), BASE64.encode(picture));
    let mut clients = Vec::new();
    for greedy in greedy.iter().cycle().take(FLOOD) {
        clients.push(greedy.begin_with(&flood, address).await);
    }
    while scene.eye.got.lock().unwrap().len() < FLOOD {
        tokio::task::yield_now().await;
    }
    let before = scene.eye.ended_but_of(scene.alice.account);
    for _ in 0..calls {
        let mut answer = String::new();
        let mut call = scene.alice.begin_with(&picture, address).await;
        call.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    let meanwhile = scene.eye.ended_but_of(scene.alice.account) - before;
    drop(clients);
    scene.stop().await;
    Some(meanwhile)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_pictures_keeps_a_call_waiting_for_a_few_of_them() {
    let page = picture_bytes("notice_zh.jpg");
    let line = picture_bytes("line_zh.png");
    let Some(meanwhile) = ended_meanwhile((&page, 1), (&line, 1)).await else { return };
    // One is read, one is decoded, and one gets the leave that comes before the other account's; one may end while
    // the call is on its way.
    assert!(meanwhile <= 4, "{meanwhile} of {FLOOD} came first");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_endless_documents_keeps_no_document_waiting() {
    let letter = picture_bytes("letter.pdf");
    for accounts in [1, 2] {
        let Some(meanwhile) = ended_meanwhile((&endless_pdf(), accounts), (&letter, 3)).await else { return };
        assert!(meanwhile <= 1, "{meanwhile} of {FLOOD} of {accounts} accounts came first");
    }
}
