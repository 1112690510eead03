//! The console in a real browser: Playwright drives Chromium through the journeys of `web/tests`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use axum::extract::{Path as InPath, State};
use axum::routing::get;
use axum::{Json, Router};
use ocr::{Block, Page, ReadError};
use parking_lot::Mutex;
use serde_json::Value;
use server::config::Config;
use server::eye::{Reader, Reading};

use crate::inside::{operator_token, serve};
use crate::server::{data_folder, picture};
use crate::wanted::wanted;

const README: &str = include_str!("../../../../README.md");

/// Webhooks and short messages of the tests are received on this machine.
const CONFIG: &str = "[accounts]\nsign_up = true\n[payment]\nprovider = \"sandbox\"\n\
                      [notify.webhook]\nallow_private_hosts = true\n\
                      [notify.sms]\nby = \"http\"\n[notify.sms.http]\npreset = \"json\"\n";

/// Reads the same three lines in every picture: the browser is tested here, not the eye.
struct Letters;

impl Reader for Letters {
    fn general_text(&self, _: Reading<'_>) -> Result<Page, ReadError> {
        let line = |row: i32, words: &str| {
            let (top, bottom) = (40 + row * 60, 80 + row * 60);
            Block {
                words: words.into(),
                confidence: 0.98,
                location: [[40, top], [400, top], [400, bottom], [40, bottom]],
                chars: Vec::new(),
            }
        };
        let words = ["Corner Bakery", "2 croissants", "Total 5.80"];
        let blocks = (0..).zip(words).map(|(row, words)| line(row, words)).collect();
        Ok(Page { blocks, ..Page::blank(600, 800) })
    }

    fn workers(&self) -> usize {
        8
    }
}

/// A provider of short messages, and the phones it sends to: the browser's tests look at what a phone got.
#[derive(Clone, Default)]
struct Phones(Arc<Mutex<Vec<Value>>>);

impl Phones {
    /// Starts it; gives the URL that takes messages, and under which each phone's number has its texts.
    async fn start() -> String {
        let take = async |State(phones): State<Phones>, Json(message): Json<Value>| {
            phones.0.lock().push(message);
        };
        let show = async |State(phones): State<Phones>, InPath(phone): InPath<String>| {
            let messages = phones.0.lock();
            Json(
                messages
                    .iter()
                    .filter(|one| one["to"] == phone)
                    .map(|one| one["text"].clone())
                    .collect::<Value>(),
            )
        };
        let router = Router::new().route("/", axum::routing::post(take)).route("/{phone}", get(show));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(
            async move { axum::serve(listener, router.with_state(Phones::default())).await.unwrap() },
        );
        url
    }
}

fn web() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web").canonicalize().unwrap()
}

/// The pictures of the console that README shows, by the names of their files.
fn shown_in_readme() -> Vec<&'static str> {
    let mut shown: Vec<&str> =
        README.split("](docs/pictures/").skip(1).map(|rest| rest.split(')').next().unwrap()).collect();
    shown.sort_unstable();
    shown.dedup();
    assert!(!shown.is_empty());
    shown
}

/// Where the browser's pictures go: INKMETER_PICTURES, or a folder of the build's. Those that README shows are not in
/// it yet.
fn pictures() -> PathBuf {
    let folder = std::env::var_os("INKMETER_PICTURES").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures"));
    for name in shown_in_readme() {
        let _ = std::fs::remove_file(folder.join(name));
    }
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn people_find_their_way() {
    let Some(chromium) = wanted("INKMETER_TEST_CHROMIUM") else { return };
    assert!(web().join("embed/index.html").exists(), "the console was not built: make web");
    let data = data_folder();
    let phones = Phones::start().await;
    let config = Config::parse(&format!("{CONFIG}url = \"{phones}\"\n")).unwrap();
    let models = std::env::var_os("INKMETER_TEST_PICTURES_BY_MODELS").is_some();
    let eye: Option<Arc<dyn Reader>> = if models { None } else { Some(Arc::new(Letters)) };
    let running = serve(data.path(), config, eye).await;
    let token = operator_token(&running.app);
    let url = format!("http://{}", running.address);
    let pictures = pictures();
    let browse = |folder: PathBuf, only: Option<&str>| {
        let mut command = Command::new("node");
        command
            .arg("node_modules/@playwright/test/cli.js")
            .args(["test", "--config", "tests/playwright.config.ts"])
            .args(only.map(|project| format!("--project={project}")))
            .current_dir(web())
            .env("INKMETER_URL", &url)
            .env("INKMETER_TEST_PHONES", &phones)
            .env("INKMETER_OPERATOR_TOKEN", &token)
            .env("INKMETER_TEST_CHROMIUM", &chromium)
            .env("INKMETER_PICTURES", folder)
            .env("INKMETER_TEST_PICTURE", picture("receipt_en.jpg").canonicalize().unwrap())
            .env("CI", "true");
        async move {
            let browsed = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
            let browsed = browsed.expect("Node.js is needed to drive the browser");
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let said = format!("{}{}", text(&browsed.stdout), text(&browsed.stderr));
            assert!(browsed.status.success(), "{said}");
            println!("{said}");
        }
    };
    browse(pictures.clone(), None).await;
    // Once more, in one size and language, where all of this has happened already: nobody has a server of their own.
    // The pictures stay those of the first time.
    browse(PathBuf::new(), Some("narrow zh")).await;
    running.stop().await;
    for name in shown_in_readme() {
        let picture =
            std::fs::read(pictures.join(name)).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        assert!(picture.starts_with(b"\x89PNG"), "{name}");
    }
}
