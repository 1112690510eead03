//! Group commit: order, tickets, fail-stop, limits.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use parking_lot::Mutex;

use super::*;
use crate::journal::{AppendError, Entries, GroupCommit, GroupCommitOptions, Stopped, Ticket};

/// A journal in memory that appends when it is told to.
struct Gated {
    gate: Receiver<Result<(), AppendError>>,
    written: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Journal for Gated {
    fn append(&mut self, _: u64, payload: &[u8]) -> Result<(), AppendError> {
        // A dropped gate stands open.
        self.gate.recv().unwrap_or(Ok(()))?;
        self.written.lock().push(payload.to_vec());
        Ok(())
    }
}

type Gate = Sender<Result<(), AppendError>>;

fn gated(options: GroupCommitOptions) -> (GroupCommit, Gate, Arc<Mutex<Vec<Vec<u8>>>>) {
    let (send, gate) = channel();
    let written = Arc::default();
    let journal = Gated { gate, written: Arc::clone(&written) };
    (GroupCommit::start(journal, 1, options).unwrap(), send, written)
}

/// A waker that counts.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn poll(ticket: &mut Ticket, waker: &Waker) -> Poll<Result<(), Stopped>> {
    pin!(ticket).poll(&mut Context::from_waker(waker))
}

fn failure() -> Result<(), AppendError> {
    Err(AppendError::Store("the disk is gone".into()))
}

#[test]
fn what_comes_during_a_sync_rides_together_in_the_next_record() {
    let (group, gate, written) = gated(GroupCommitOptions::default());
    let first = group.append(b"a");
    // The writer takes the first entry as soon as it can; then the others can only share the next record.
    while group.append(b"b").sequence() == 1 {
        thread::yield_now();
    }
    let others: Vec<Ticket> = (0..100).map(|_| group.append(b"c")).collect();
    assert!(others.iter().all(|ticket| ticket.sequence() == 2));
    assert_eq!(first.outcome(), None);
    gate.send(Ok(())).unwrap();
    assert_eq!(first.wait(), Ok(()));
    assert_eq!(group.durable_sequence(), 1);
    assert!(others.iter().all(|ticket| ticket.outcome().is_none()));
    gate.send(Ok(())).unwrap();
    for ticket in &others {
        assert_eq!(ticket.wait(), Ok(()));
    }
    assert_eq!(group.close(), Ok(()));
    assert_eq!(written.lock().len(), 2);
    assert_eq!(Entries::new(&written.lock()[1]).filter(|entry| *entry == Ok(b"c")).count(), 100);
}

#[test]
fn every_waiting_task_is_woken() {
    let (group, gate, _) = gated(GroupCommitOptions::default());
    let counts: Vec<Arc<Count>> = (0..50).map(|_| Arc::default()).collect();
    let mut tickets: Vec<Ticket> = counts
        .iter()
        .map(|count| {
            let mut ticket = group.append(b"x");
            assert!(poll(&mut ticket, &Waker::from(Arc::clone(count))).is_pending());
            ticket
        })
        .collect();
    drop(gate);
    // Tasks that poll wake the others; those that were dropped leave it to the writer.
    tickets.truncate(25);
    for ticket in &mut tickets {
        assert_eq!(ticket.clone().wait(), Ok(()));
        assert_eq!(poll(ticket, Waker::noop()), Poll::Ready(Ok(())));
    }
    group.close().unwrap();
    for (index, count) in counts.iter().enumerate() {
        assert_eq!(count.0.load(Ordering::SeqCst), 1, "task {index}");
    }
}

/// A waker that tells who was woken.
struct Tell(u32, Mutex<Sender<u32>>);

impl Wake for Tell {
    fn wake(self: Arc<Self>) {
        self.1.lock().send(self.0).unwrap();
    }
}

#[test]
fn nobody_depends_on_a_task_that_does_not_run() {
    let (group, gate, _) = gated(GroupCommitOptions::default());
    let (send, woken) = channel();
    let tickets: Vec<Ticket> = (0..5)
        .map(|task| {
            let mut ticket = group.append(b"x");
            let waker = Waker::from(Arc::new(Tell(task, Mutex::new(send.clone()))));
            assert!(poll(&mut ticket, &waker).is_pending());
            ticket
        })
        .collect();
    drop(gate);
    // No task is polled again, none is dropped, nothing else is appended.
    let mut told: Vec<u32> = woken.iter().take(5).collect();
    told.sort_unstable();
    assert_eq!(told, [0, 1, 2, 3, 4]);
    drop(tickets);
}

#[test]
fn the_latest_waker_counts() {
    let (group, gate, _) = gated(GroupCommitOptions::default());
    let (old, new) = (Arc::new(Count::default()), Arc::new(Count::default()));
    let mut ticket = group.append(b"x");
    assert!(poll(&mut ticket, &Waker::from(Arc::clone(&old))).is_pending());
    assert!(poll(&mut ticket, &Waker::from(Arc::clone(&new))).is_pending());
    drop(gate);
    group.close().unwrap();
    assert_eq!((old.0.load(Ordering::SeqCst), new.0.load(Ordering::SeqCst)), (0, 1));
}

#[test]
fn after_a_failure_nothing_is_written_and_every_ticket_says_so() {
    let (group, gate, written) = gated(GroupCommitOptions::default());
    let watermark = group.watermark();
    let first = group.append(b"a");
    gate.send(Ok(())).unwrap();
    first.wait().unwrap();
    let second = group.append(b"b");
    while group.append(b"c").sequence() == second.sequence() {
        thread::yield_now();
    }
    let third = group.append(b"d");
    let mut task = third.clone();
    let woken = Arc::new(Count::default());
    assert!(poll(&mut task, &Waker::from(Arc::clone(&woken))).is_pending());
    let barrier = group.barrier();
    gate.send(failure()).unwrap();
    assert_eq!(second.wait(), Err(Stopped));
    assert_eq!(third.wait(), Err(Stopped), "what follows a failed record is not written either");
    assert_eq!(barrier.wait(), Err(Stopped));
    assert_eq!(group.close(), Err(Stopped));
    assert_eq!(woken.0.load(Ordering::SeqCst), 1);
    assert_eq!(group.append(b"e").outcome(), Some(Err(Stopped)));
    assert_eq!(group.barrier().outcome(), Some(Err(Stopped)));
    assert!(group.stop_reason().unwrap().contains("the disk is gone"));
    assert_eq!(written.lock().len(), 1);
    assert_eq!((watermark.wait_past(0), watermark.wait_past(1)), (Some(1), None));
}

#[test]
fn a_failed_sync_of_the_disk_stops_the_group() {
    let disk = FaultDisk::new();
    let (journal, next) = open(&disk, SMALL).unwrap();
    let group = GroupCommit::start(journal, next, GroupCommitOptions::default()).unwrap();
    group.append(b"safe").wait().unwrap();
    disk.fail_sync_after(0);
    assert_eq!(group.append(b"lost").wait(), Err(Stopped));
    assert_eq!(group.append(b"refused").wait(), Err(Stopped));
    assert!(group.is_stopped());
    drop(group);
    disk.crash(1);
    let (_journal, next) = open(&disk, SMALL).unwrap();
    assert!(next == 2 || next == 3, "the safe one is there, the lost one may be");
}

struct Panics;

impl Journal for Panics {
    fn append(&mut self, _: u64, _: &[u8]) -> Result<(), AppendError> {
        panic!("a bug in the journal, meant by this test");
    }
}

#[test]
fn a_writer_that_panics_stops_the_group() {
    let group = GroupCommit::start(Panics, 1, GroupCommitOptions::default()).unwrap();
    assert_eq!(group.append(b"x").wait(), Err(Stopped));
    assert_eq!(group.close(), Err(Stopped));
    assert!(group.stop_reason().unwrap().contains("panicked"));
}

#[test]
fn a_barrier_waits_for_what_came_before_it_and_for_nothing_else() {
    let (group, gate, _) = gated(GroupCommitOptions::default());
    assert_eq!(group.barrier().outcome(), Some(Ok(())), "nothing was appended");
    let ticket = group.append(b"a");
    let barrier = group.barrier();
    assert_eq!((barrier.sequence(), barrier.outcome()), (ticket.sequence(), None));
    gate.send(Ok(())).unwrap();
    assert_eq!(barrier.wait(), Ok(()));
    drop(gate);
    group.close().unwrap();
    assert_eq!(group.barrier().outcome(), Some(Ok(())));
    assert_eq!(group.append(b"too late").outcome(), Some(Err(Stopped)));
}

#[test]
fn a_full_batch_holds_callers_back() {
    let limit = 1000;
    let (group, gate, written) = gated(GroupCommitOptions { batch_limit_bytes: limit });
    let done = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..100 {
                    group.append(&[1; 99]).wait().unwrap();
                    done.fetch_add(1, Ordering::SeqCst);
                }
            });
            scope.spawn(|| {
                for _ in 0..100 {
                    drop(group.append(&[2; 99]));
                    done.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        drop(gate);
    });
    group.close().unwrap();
    assert_eq!(done.load(Ordering::SeqCst), 1600);
    let written = written.lock();
    assert!(
        written.iter().all(|payload| payload.len() < limit + 100),
        "no batch is over the limit by more than one"
    );
    let entries: usize = written.iter().map(|payload| Entries::new(payload).count()).sum();
    assert_eq!(entries, 1600);
}

#[test]
fn blocked_callers_are_let_go_by_a_failure() {
    let (group, gate, _) = gated(GroupCommitOptions { batch_limit_bytes: 10 });
    thread::scope(|scope| {
        let callers: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..10).map(|_| group.append(&[0; 20]).wait()).collect::<Vec<_>>()))
            .collect();
        gate.send(failure()).unwrap();
        for caller in callers {
            assert!(caller.join().unwrap().iter().all(|outcome| *outcome == Err(Stopped)));
        }
    });
}

#[test]
fn the_order_of_the_callers_lock_is_the_order_of_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let disk: Arc<dyn Disk> = Arc::new(RealDisk);
    let options = EmbeddedOptions {
        first_segment_bytes: 64 << 10,
        segment_bytes: 256 << 10,
        ..EmbeddedOptions::default()
    };
    let (journal, next) = EmbeddedJournal::open(Arc::clone(&disk), dir.path(), options).unwrap();
    let group = GroupCommit::start(journal, next, GroupCommitOptions::default()).unwrap();
    let (callers, each) = (16, 2000_u64);

    // A follower reads along while the callers append.
    let watermark = group.watermark();
    let follower = thread::spawn({
        let (disk, dir) = (Arc::clone(&disk), dir.path().to_path_buf());
        move || {
            let mut reader = Reader::open(disk, &dir, 1).unwrap();
            let mut seen = Vec::new();
            while let Some(record) = reader.follow(&watermark).unwrap() {
                for entry in Entries::new(record.payload) {
                    seen.push(entry.unwrap().to_vec());
                }
            }
            seen
        }
    });

    let decided = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for caller in 0..callers {
            let (group, decided) = (&group, &decided);
            scope.spawn(move || {
                let mut ticket = Ticket::done();
                for number in 0..each {
                    let entry = format!("{caller}:{number}").into_bytes();
                    let mut decided = decided.lock();
                    ticket = group.append(&entry);
                    decided.push(entry);
                    drop(decided);
                    if number % 97 == 0 {
                        ticket.wait().unwrap();
                        assert!(group.durable_sequence() >= ticket.sequence());
                    }
                }
                ticket.wait().unwrap();
            });
        }
    });
    group.close().unwrap();
    let decided = decided.into_inner();
    assert_eq!(decided.len() as u64, callers * each);
    assert!(follower.join().unwrap() == decided, "the follower saw every entry, in the order decided");

    let durable = group.durable_sequence();
    drop(group);
    let mut replayed = Vec::new();
    for (_, payload) in read(disk, dir.path(), 1, durable).unwrap() {
        replayed.extend(Entries::new(&payload).map(|entry| entry.unwrap().to_vec()));
    }
    assert!(replayed == decided, "so does a replay");
    let counts = decided.iter().fold(BTreeMap::new(), |mut counts, entry| {
        *counts.entry(entry).or_insert(0) += 1;
        counts
    });
    assert!(counts.values().all(|&count| count == 1));
}

#[test]
fn followers_are_let_go_when_the_watermark_is_shut() {
    let (group, gate, _) = gated(GroupCommitOptions::default());
    let watermark = group.watermark();
    let follower = thread::spawn({
        let watermark = watermark.clone();
        move || (watermark.wait_past(0), watermark.wait_past(1))
    });
    gate.send(Ok(())).unwrap();
    group.append(b"x").wait().unwrap();
    watermark.shut();
    assert_eq!(follower.join().unwrap(), (Some(1), None));
    drop(gate);
}
