//! Those who call: each has one picture under way at any time, and comes again a little later when it was refused.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::RngExt;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::pictures::Picture;

/// How long one who was refused waits.
const REST: Duration = Duration::from_millis(500);

/// The server, and an account's way in.
pub(super) struct Server {
    client: reqwest::Client,
    base: String,
    project: String,
    token: String,
}

impl Server {
    /// Gets a token for an account that was just made.
    pub(super) async fn sign_in(client: reqwest::Client, base: String, account: &Value) -> Result<Server> {
        let text = |value: &Value| value.as_str().map(str::to_owned).context("the account lacks something");
        let (user, password) = (text(&account["user"])?, text(&account["password"])?);
        let asked = json!({ "auth": {
            "identity": { "methods": ["password"], "password": { "user": {
                "name": user, "password": password, "domain": { "name": "soak" } } } },
            "scope": { "project": { "name": "cn-north-4" } } } });
        let response = client.post(format!("{base}/v3/auth/tokens")).json(&asked).send().await?;
        let token = response.headers().get("X-Subject-Token").context("no token")?.to_str()?.to_owned();
        let project = text(&account["projects"]["cn-north-4"])?;
        Ok(Server { client, base, project, token })
    }
}

/// What came of a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer {
    picture: usize,
    pub(super) status: u16,
    began: Instant,
    ended: Instant,
}

impl Answer {
    pub(super) fn took(&self) -> Duration {
        self.ended - self.began
    }
}

/// A picture as it is sent, and how long it takes alone.
struct Asked {
    url: String,
    body: Bytes,
    bytes: usize,
    alone: Duration,
}

/// All who call.
pub(super) struct Callers {
    server: Server,
    pictures: Vec<Asked>,
}

impl Callers {
    pub(super) fn new(server: Server, pictures: Vec<Picture>) -> Callers {
        let asked = |picture: Picture| Asked {
            url: format!("{}/v2/{}/ocr/{}", server.base, server.project, picture.api),
            bytes: picture.bytes.len(),
            body: json!({ picture.named(): STANDARD.encode(&picture.bytes) }).to_string().into_bytes().into(),
            alone: Duration::ZERO,
        };
        let pictures = pictures.into_iter().map(asked).collect();
        Callers { server, pictures }
    }

    /// Has each picture read alone.
    pub(super) async fn alone(&mut self) -> Result<()> {
        for picture in 0..self.pictures.len() {
            let answer = self.one(picture).await?;
            ensure!(answer.status != 429, "a picture alone was refused");
            self.pictures[picture].alone = answer.took();
        }
        Ok(())
    }

    /// Sizes of the smallest and the largest picture.
    pub(super) fn sizes_kb(&self) -> [usize; 2] {
        let sizes = self.pictures.iter().map(|picture| picture.bytes.div_ceil(1000));
        [sizes.clone().min().unwrap_or_default(), sizes.max().unwrap_or_default()]
    }

    /// How long pictures take alone, in words.
    pub(super) fn told_alone(&self) -> String {
        let mut alone: Vec<f64> = self.pictures.iter().map(|picture| picture.alone.as_secs_f64()).collect();
        alone.sort_by(f64::total_cmp);
        let (median, longest) = (alone[alone.len() / 2], alone[alone.len() - 1]);
        format!("{median:.2} s (median) to {longest:.2} s")
    }

    /// Lets so many call for so long; then no new picture is sent.
    pub(super) async fn call(self: &Arc<Self>, callers: usize, length: Duration) -> Result<Vec<Answer>> {
        let end = Instant::now() + length;
        let mut tasks = JoinSet::new();
        for _ in 0..callers {
            let this = Arc::clone(self);
            tasks.spawn(async move {
                let mut answers = Vec::new();
                while Instant::now() < end {
                    let picture = rand::rng().random_range(0..this.pictures.len());
                    let answer = this.one(picture).await?;
                    answers.push(answer);
                    if answer.status == 429 {
                        let rest = 0.5 + rand::rng().random::<f64>();
                        tokio::time::sleep(REST.mul_f64(rest)).await;
                    }
                }
                anyhow::Ok(answers)
            });
        }
        let mut all = Vec::new();
        while let Some(answers) = tasks.join_next().await {
            all.extend(answers??);
        }
        Ok(all)
    }

    /// Sends a picture. It is read, shows no such document (400), or is refused for there are too many.
    async fn one(&self, picture: usize) -> Result<Answer> {
        let asked = &self.pictures[picture];
        let began = Instant::now();
        let request = self.server.client.post(&asked.url).header("Content-Type", "application/json");
        let response =
            request.header("X-Auth-Token", &self.server.token).body(asked.body.clone()).send().await?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        let ended = Instant::now();
        match status {
            200 | 429 => {}
            400 if text.contains("AIS.0104") || text.contains("AIS.0103") => {}
            _ => bail!("a picture was answered with {status}: {text}"),
        }
        Ok(Answer { picture, status, began, ended })
    }

    /// The longest any call took beside what it may: until the queue and the workers were done with those before it, and
    /// twice its own work, for two are read at once then.
    pub(super) fn worst_of_bound(&self, answers: &[Answer], queue: usize) -> f64 {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let mut read: Vec<&Answer> = answers.iter().filter(|answer| answer.status != 429).collect();
        read.sort_by_key(|answer| answer.ended);
        let bound = |answer: &Answer| {
            let done_before = read.partition_point(|other| other.ended <= answer.began);
            let last_before = read.get(done_before + queue + workers)?;
            let own = self.pictures[answer.picture].alone * 2;
            Some((last_before.ended - answer.began + own).as_secs_f64())
        };
        let ratios = read.iter().filter_map(|answer| Some(answer.took().as_secs_f64() / bound(answer)?));
        ratios.fold(0.0, f64::max)
    }
}
