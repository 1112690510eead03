//! Accounts that send more than can be read, and how much of it is read before another's call.

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Condvar, Mutex};
use std::thread::Scope;
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
use crate::waiting::{PATIENCE, in_time, until};
use crate::wanted::wanted;

const QUEUE: usize = 64;
/// What the greedy accounts send at once.
const FLOOD: usize = 30;

/// What the eye was asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Came,
    Ended,
}

/// The real eye, with a note of whose calls came to it and whose ended, in this order.
///
/// It can be held: then the calls of other accounts stand still, between two steps of the reading, until one of an account
/// that is awaited has come and waits. So what is counted from then on does not depend on how long that one took to come.
struct Watched {
    eye: Engine,
    steps: Mutex<Vec<(AccountId, Step)>>,
    awaited: Mutex<Option<AccountId>>,
    let_go: Condvar,
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
        Watched {
            eye: Engine::load(&config).unwrap(),
            steps: Mutex::default(),
            awaited: Mutex::default(),
            let_go: Condvar::new(),
        }
    }

    fn note(&self, account: AccountId, step: Step) {
        self.steps.lock().unwrap().push((account, step));
    }

    /// How many calls came.
    fn came(&self) -> usize {
        self.steps.lock().unwrap().iter().filter(|(_, step)| *step == Step::Came).count()
    }

    /// How many calls of others ended from when the first one of this account came until its last one ended.
    fn ended_beside(&self, account: AccountId) -> usize {
        let steps = self.steps.lock().unwrap();
        let came = steps.iter().position(|&noted| noted == (account, Step::Came)).unwrap();
        let ended = steps.iter().rposition(|&noted| noted == (account, Step::Ended)).unwrap();
        steps[came..ended].iter().filter(|&&(other, step)| other != account && step == Step::Ended).count()
    }

    /// Holds all that is read until a call of this account waits.
    fn hold_until(&self, account: AccountId) {
        *self.awaited.lock().unwrap() = Some(account);
    }

    /// Stands still while another account's call is awaited; not for ever, should none come.
    fn stand_still(&self, account: AccountId) {
        let awaited = self.awaited.lock().unwrap();
        let is_held = |awaited: &mut Option<AccountId>| awaited.is_some_and(|awaited| awaited != account);
        let _awaited = self.let_go.wait_timeout_while(awaited, PATIENCE, is_held).unwrap();
    }

    /// Lets go what is held once this thread waits for its turn.
    fn let_go_when_waiting<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        let this_thread = std::fs::read_link("/proc/thread-self").unwrap();
        scope.spawn(move || {
            let stat = Path::new("/proc").join(this_thread).join("stat");
            // The state stands behind the name, which is in parentheses.
            while !std::fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") S ")) {
                std::thread::yield_now();
            }
            *self.awaited.lock().unwrap() = None;
            self.let_go.notify_all();
        });
    }
}

impl Reader for Watched {
    fn general_text(&self, reading: Reading<'_>) -> Result<Page, ReadError> {
        let account = reading.account;
        self.note(account, Step::Came);
        let is_awaited = *self.awaited.lock().unwrap() == Some(account);
        let wanted = || {
            self.stand_still(account);
            (reading.wanted)()
        };
        let read = std::thread::scope(|scope| {
            if is_awaited {
                self.let_go_when_waiting(scope);
            }
            Reader::general_text(&self.eye, Reading { wanted: &wanted, ..reading })
        });
        self.note(account, Step::Ended);
        read
    }

    fn workers(&self) -> usize {
        self.eye.workers()
    }
}

/// How many calls of a flood of such pictures, which so many accounts send, end beside so many calls of another account,
/// which are sent one after the other once the whole flood is there.
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
    until("the whole flood is there", || scene.eye.came() == FLOOD).await;
    scene.eye.hold_until(scene.alice.account);
    for _ in 0..calls {
        let mut answer = String::new();
        let mut call = scene.alice.begin_with(&picture, address).await;
        in_time("the other is answered", call.read_to_string(&mut answer)).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    let meanwhile = scene.eye.ended_beside(scene.alice.account);
    drop(clients);
    scene.stop().await;
    Some(meanwhile)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_pictures_keeps_a_call_waiting_for_a_few_of_them() {
    let page = picture_bytes("notice_zh.jpg");
    let line = picture_bytes("line_zh.png");
    let Some(meanwhile) = ended_meanwhile((&page, 1), (&line, 1)).await else { return };
    // One is read, one is decoded, and one gets the leave that comes before the other account's.
    assert!(meanwhile <= 3, "{meanwhile} of {FLOOD} came first");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_endless_documents_keeps_no_document_waiting() {
    let letter = picture_bytes("letter.pdf");
    for accounts in [1, 2] {
        let Some(meanwhile) = ended_meanwhile((&endless_pdf(), accounts), (&letter, 3)).await else { return };
        assert!(meanwhile <= 1, "{meanwhile} of {FLOOD} of {accounts} accounts came first");
    }
}
