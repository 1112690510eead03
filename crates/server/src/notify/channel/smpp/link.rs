//! The session with the gateway, from bind to loss.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rusmpp::pdus::{BindTransceiver, DeliverSmResp, SubmitSm};
use rusmpp::tokio_codec::CommandCodec;
use rusmpp::{Command, CommandId, CommandStatus, Pdu};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::codec::Framed;

use super::wire::{Way, Wire};
use super::{Job, pdu};
use crate::notify::channel::{Accepted, OnReceipt, Rejected, tidy};
use crate::notify::config::SmppConfig;

/// How many requests may be under way.
const WINDOW: usize = 10;
/// The pause after a failed bind, and the longest it grows to.
const BIND_PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// The pause the gateway gets when it asks us to slow down, and the longest it grows to.
const THROTTLE_PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// A message that is not accepted within this many time-outs has failed.
const PATIENCE: u32 = 4;

type Frames = Framed<Box<dyn Wire>, CommandCodec>;

/// Keeps the session until there is nobody left to send anything.
pub(super) async fn run(
    config: SmppConfig,
    way: Way,
    bind: BindTransceiver,
    sender: pdu::Sender,
    mut waiting: mpsc::Receiver<Job>,
    on_receipt: OnReceipt,
) {
    let mut failures = 0;
    let mut not_before = Instant::now();
    let mut reason = String::new();
    while let Some(job) = waiting.recv().await {
        if Instant::now() < not_before {
            let _ = job.reply.send(Err(Rejected::for_now(format!("not bound: {reason}"))));
            continue;
        }
        let wait = Duration::from_secs(config.timeout_s);
        let bound = timeout(wait, open(&way, &bind)).await;
        match bound.unwrap_or_else(|_| Err("the gateway does not answer".into())) {
            Ok(frames) => {
                failures = 0;
                let link = Link::new(frames, &config, &sender, &on_receipt);
                let lost = link.serve(job, &mut waiting).await;
                tracing::info!(host = config.host, lost, "the SMPP session ended");
            }
            Err(problem) => {
                not_before = Instant::now() + grown(BIND_PAUSES, failures);
                failures += 1;
                reason = tidy(&format!("{}:{}: {problem}", config.host, config.port));
                tracing::warn!(host = config.host, reason, "the SMPP session could not be opened");
                let _ = job.reply.send(Err(Rejected::for_now(&reason)));
            }
        }
    }
}

/// Doubled as often as there were failures before, up to the longest.
fn grown((first, longest): (Duration, Duration), failures: u32) -> Duration {
    first.saturating_mul(1_u32.checked_shl(failures.min(16)).unwrap_or(u32::MAX)).min(longest)
}

/// Connects and binds.
async fn open(way: &Way, bind: &BindTransceiver) -> Result<Frames, String> {
    let mut frames = Framed::new(way.connect().await?, CommandCodec::new());
    frames.send(Command::new(CommandStatus::EsmeRok, 1, bind.clone())).await.map_err(|e| e.to_string())?;
    loop {
        let answer = frames.next().await.ok_or("the connection was closed during the bind")?;
        let answer = answer.map_err(|problem| problem.to_string())?;
        match answer.id() {
            CommandId::BindTransceiverResp if answer.status() == CommandStatus::EsmeRok => return Ok(frames),
            CommandId::BindTransceiverResp | CommandId::GenericNack => {
                return Err(format!("the bind was refused: {}", pdu::name(answer.status())));
            }
            CommandId::EnquireLink => {
                let alive =
                    Command::new(CommandStatus::EsmeRok, answer.sequence_number(), Pdu::EnquireLinkResp);
                frames.send(alive).await.map_err(|problem| problem.to_string())?;
            }
            _ => return Err(format!("{} came in answer to the bind", pdu::kind(answer.pdu()))),
        }
    }
}

/// A message whose parts are on their way.
struct Progress {
    job: Job,
    left: usize,
    ids: Vec<String>,
    deadline: Instant,
}

/// A bound session.
struct Link<'a> {
    frames: Frames,
    config: &'a SmppConfig,
    sender: &'a pdu::Sender,
    on_receipt: &'a OnReceipt,
    sequence: u32,
    /// Messages by their number within the session.
    messages: HashMap<u64, Progress>,
    numbers: u64,
    /// Parts that wait for the window or the pace.
    queue: VecDeque<(u64, SubmitSm)>,
    /// Requests without an answer yet, by their sequence number.
    under_way: HashMap<u32, (u64, SubmitSm, Instant)>,
    /// No part is sent before.
    next_send: Instant,
    throttled: u32,
    /// When the gateway was last heard.
    heard: Instant,
    enquired: Option<Instant>,
}

impl<'a> Link<'a> {
    fn new(
        frames: Frames,
        config: &'a SmppConfig,
        sender: &'a pdu::Sender,
        on_receipt: &'a OnReceipt,
    ) -> Link<'a> {
        let now = Instant::now();
        Link {
            frames,
            config,
            sender,
            on_receipt,
            sequence: 1,
            messages: HashMap::new(),
            numbers: 0,
            queue: VecDeque::new(),
            under_way: HashMap::new(),
            next_send: now,
            throttled: 0,
            heard: now,
            enquired: None,
        }
    }

    /// Sends what comes until the session is lost or nobody is left; says why it ended.
    async fn serve(mut self, first: Job, waiting: &mut mpsc::Receiver<Job>) -> String {
        self.take(first);
        let reason = loop {
            match self.step(waiting).await {
                Ok(true) => {}
                Ok(false) => {
                    let sequence = self.next_sequence();
                    let _ =
                        self.frames.send(Command::new(CommandStatus::EsmeRok, sequence, Pdu::Unbind)).await;
                    break "closed".to_owned();
                }
                Err(reason) => break reason,
            }
        };
        for (_, progress) in self.messages.drain() {
            let lost = format!("the session was lost before the answer came: {reason}");
            let _ = progress.job.reply.send(Err(Rejected::for_now(tidy(&lost))));
        }
        reason
    }

    /// One thing that happens. False when there is nobody left and nothing under way.
    async fn step(&mut self, waiting: &mut mpsc::Receiver<Job>) -> Result<bool, String> {
        let may_send = !self.queue.is_empty() && self.under_way.len() < WINDOW;
        let next_send = self.next_send;
        let wake = self.wake();
        tokio::select! {
            frame = self.frames.next() => {
                let command = frame.ok_or("the gateway closed the connection")?;
                let command = command.map_err(|problem| problem.to_string())?;
                self.heard = Instant::now();
                self.enquired = None;
                self.answer(command).await?;
            }
            () = sleep_until(next_send), if may_send => self.submit().await?,
            job = waiting.recv(), if self.queue.len() < WINDOW => match job {
                Some(job) => self.take(job),
                None if self.messages.is_empty() => return Ok(false),
                // Nobody new comes, but answers do.
                None => self.only_answers().await?,
            },
            () = sleep_until(wake) => self.look_after().await?,
        }
        Ok(true)
    }

    /// Waits for one answer when no more messages can come.
    async fn only_answers(&mut self) -> Result<(), String> {
        if !self.queue.is_empty() && self.under_way.len() < WINDOW && Instant::now() >= self.next_send {
            return self.submit().await;
        }
        let frame = timeout(Duration::from_millis(100), self.frames.next()).await;
        let Ok(frame) = frame else { return self.look_after().await };
        let command =
            frame.ok_or("the gateway closed the connection")?.map_err(|problem| problem.to_string())?;
        self.heard = Instant::now();
        self.answer(command).await
    }

    fn next_sequence(&mut self) -> u32 {
        // 1 to 0x7fffffff.
        self.sequence = if self.sequence >= 0x7fff_ffff { 1 } else { self.sequence + 1 };
        self.sequence
    }

    /// When something has to be looked after: a time-out, or an idle link.
    fn wake(&self) -> Instant {
        let answers = Duration::from_secs(self.config.timeout_s);
        let idle = match self.enquired {
            Some(enquired) => enquired + answers,
            None => self.heard + Duration::from_secs(self.config.enquire_link_s.max(1)),
        };
        let oldest = self.under_way.values().map(|(_, _, sent)| *sent + answers);
        let deadlines = self.messages.values().map(|progress| progress.deadline);
        oldest.chain(deadlines).fold(idle, Instant::min)
    }

    async fn look_after(&mut self) -> Result<(), String> {
        let now = Instant::now();
        let answers = Duration::from_secs(self.config.timeout_s);
        if self.under_way.values().any(|(_, _, sent)| *sent + answers <= now) {
            return Err("a message was not answered in time".into());
        }
        let late: Vec<u64> =
            self.messages.iter().filter(|(_, p)| p.deadline <= now).map(|(number, _)| *number).collect();
        for number in late {
            self.finish(number, Err(Rejected::for_now("the gateway did not take it in time")));
        }
        match self.enquired {
            Some(enquired) if enquired + answers <= now => Err("the link test was not answered".into()),
            Some(_) => Ok(()),
            None if self.heard + Duration::from_secs(self.config.enquire_link_s.max(1)) <= now => {
                self.enquired = Some(now);
                let sequence = self.next_sequence();
                self.tell(Command::new(CommandStatus::EsmeRok, sequence, Pdu::EnquireLink)).await
            }
            None => Ok(()),
        }
    }

    /// Takes a message apart and puts its parts into the queue.
    fn take(&mut self, job: Job) {
        match self.sender.submits(&job.key, &job.address, &job.text) {
            Ok(parts) => {
                self.numbers += 1;
                let patience = Duration::from_secs(self.config.timeout_s) * PATIENCE;
                let deadline = Instant::now() + patience;
                let progress = Progress { job, left: parts.len(), ids: Vec::new(), deadline };
                self.messages.insert(self.numbers, progress);
                self.queue.extend(parts.into_iter().map(|part| (self.numbers, part)));
            }
            Err(problem) => {
                let _ = job.reply.send(Err(Rejected::for_good(problem)));
            }
        }
    }

    async fn submit(&mut self) -> Result<(), String> {
        let Some((number, part)) = self.queue.pop_front() else { return Ok(()) };
        if !self.messages.contains_key(&number) {
            return Ok(());
        }
        let sequence = self.next_sequence();
        let now = Instant::now();
        self.next_send = now + Duration::from_secs(1) / self.config.per_second.max(1);
        let command = Command::new(CommandStatus::EsmeRok, sequence, part.clone());
        self.under_way.insert(sequence, (number, part, now));
        self.tell(command).await
    }

    async fn tell(&mut self, command: Command) -> Result<(), String> {
        let wait = Duration::from_secs(self.config.timeout_s);
        let told = timeout(wait, self.frames.send(command)).await;
        told.map_err(|_| "the gateway takes nothing any more")?.map_err(|problem| problem.to_string())
    }

    /// Deals with what the gateway sent.
    async fn answer(&mut self, command: Command) -> Result<(), String> {
        let sequence = command.sequence_number();
        match command.pdu() {
            Some(Pdu::EnquireLink) => {
                self.tell(Command::new(CommandStatus::EsmeRok, sequence, Pdu::EnquireLinkResp)).await
            }
            Some(Pdu::Unbind) => {
                let _ = self.tell(Command::new(CommandStatus::EsmeRok, sequence, Pdu::UnbindResp)).await;
                Err("the gateway unbound us".into())
            }
            Some(Pdu::DeliverSm(deliver)) => {
                if let Some((id, became)) = pdu::receipt(deliver) {
                    (self.on_receipt)(id, became);
                }
                let taken = DeliverSmResp::builder().build();
                self.tell(Command::new(CommandStatus::EsmeRok, sequence, taken)).await
            }
            _ if matches!(command.id(), CommandId::SubmitSmResp | CommandId::GenericNack) => {
                let id = match command.pdu() {
                    Some(Pdu::SubmitSmResp(response)) => response.message_id().as_str().to_owned(),
                    _ => String::new(),
                };
                self.submitted(sequence, command.status(), id);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn submitted(&mut self, sequence: u32, status: CommandStatus, id: String) {
        let Some((number, part, _)) = self.under_way.remove(&sequence) else { return };
        if pdu::is_throttled(status) {
            self.next_send = Instant::now() + grown(THROTTLE_PAUSES, self.throttled);
            self.throttled += 1;
            self.queue.push_front((number, part));
            return;
        }
        self.throttled = 0;
        if let Some((problem, is_final)) = pdu::judge(status) {
            let rejected = Rejected { is_final, ..Rejected::for_now(problem) };
            return self.finish(number, Err(rejected));
        }
        let Some(progress) = self.messages.get_mut(&number) else { return };
        progress.left -= 1;
        progress.ids.push(id);
        if progress.left == 0 {
            let ids = &progress.ids;
            let detail = tidy(&format!("accepted as {} ({} parts)", ids.join(", "), ids.len()));
            let accepted = Accepted { detail, peer_id: ids.last().cloned().filter(|id| !id.is_empty()) };
            self.finish(number, Ok(accepted));
        }
    }

    fn finish(&mut self, number: u64, outcome: Result<Accepted, Rejected>) {
        if let Some(progress) = self.messages.remove(&number) {
            let _ = progress.job.reply.send(outcome);
        }
    }
}
