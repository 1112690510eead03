//! The outbox: nothing twice, nothing forgotten, whatever it is interrupted in.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use charging::{AccountId, Money, Notice, NoticeKind, Timestamp};
use ledger::outbox::{
    Admission, Delivery, DeliveryQuery, Matter, NewDelivery, Outbox, OutboxError, State, Verdict,
};

const ACCOUNT: AccountId = AccountId(7);
const NOW_MS: i64 = 1_000_000;

fn fresh() -> (tempfile::TempDir, Outbox) {
    let dir = tempfile::tempdir().unwrap();
    let outbox = Outbox::open(&dir.path().join("outbox.db")).unwrap();
    (dir, outbox)
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn notice(no: u64, recipient: &str) -> NewDelivery {
    let kind = NoticeKind::ArrearsEntered { debt: Money::from_e8(5) };
    NewDelivery {
        key: format!("{ACCOUNT}.{no}.{recipient}"),
        account: Some(ACCOUNT),
        recipient: recipient.into(),
        channel: "email".into(),
        address: format!("{recipient}@example.com"),
        language: "en".into(),
        matter: Matter::Notice(Box::new(Notice { no, kind })),
        at: at("2026-11-24T15:00:00+08:00"),
        admission: admission("2026-11-24", None, None),
    }
}

fn admission(day: &str, held_until: Option<&str>, daily_cap: Option<u32>) -> Admission {
    let day_ends = at(&format!("{day}T00:00:00+08:00")).plus_days(1);
    Admission { held_until: held_until.map(at), held_for: "", day: day.into(), day_ends, daily_cap }
}

fn all(outbox: &Outbox) -> Vec<Delivery> {
    let mut rows = outbox.list(&DeliveryQuery { limit: 1_000, ..DeliveryQuery::default() }).unwrap();
    rows.reverse();
    rows
}

fn states(outbox: &Outbox) -> Vec<(String, State)> {
    all(outbox)
        .into_iter()
        .map(|row| (row.key.rsplit('.').take(2).collect::<Vec<_>>().join("#"), row.state))
        .collect()
}

#[test]
fn the_same_notices_again_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox.db");
    let outbox = Outbox::open(&path).unwrap();
    assert_eq!(outbox.cursor().unwrap(), 0);
    let new = [notice(1, "a"), notice(1, "b"), notice(2, "a")];
    assert_eq!(outbox.take_in(&new, 2, NOW_MS).unwrap(), 3);
    let before = all(&outbox);
    assert_eq!(outbox.take_in(&new, 2, NOW_MS).unwrap(), 0);
    drop(outbox);
    let outbox = Outbox::open(&path).unwrap();
    assert_eq!((outbox.cursor().unwrap(), all(&outbox)), (2, before));
    assert_eq!(outbox.take_in(&[notice(2, "a"), notice(2, "b")], 2, NOW_MS).unwrap(), 1);
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn an_attempt_is_begun_once_and_ends_once() {
    let (_dir, outbox) = fresh();
    outbox.take_in(&[notice(1, "a"), notice(1, "b")], 1, NOW_MS).unwrap();
    assert!(outbox.begin_due("sms", NOW_MS, 10).unwrap().is_empty());
    let begun = outbox.begin_due("email", NOW_MS, 1).unwrap();
    assert_eq!((begun.len(), begun[0].attempts, begun[0].state), (1, 1, State::Sending));
    let other = outbox.begin_due("email", NOW_MS, 10).unwrap();
    assert_eq!(other.len(), 1, "the first is under way");
    assert!(outbox.begin_due("email", NOW_MS, 10).unwrap().is_empty());

    outbox.sent(begun[0].number, NOW_MS + 5, "250 taken", Some("id-1")).unwrap();
    outbox.failed(begun[0].number, NOW_MS + 6, "too late", Some(NOW_MS)).unwrap();
    let sent = outbox.by_key(&begun[0].key).unwrap().unwrap();
    assert_eq!(
        (sent.state, sent.detail.as_str(), sent.done_at_ms),
        (State::Sent, "250 taken", Some(NOW_MS + 5))
    );
    assert!(outbox.receipt("id-1", "DELIVRD").unwrap() && !outbox.receipt("id-2", "DELIVRD").unwrap());
    assert_eq!(outbox.by_key(&begun[0].key).unwrap().unwrap().receipt.as_deref(), Some("DELIVRD"));

    outbox.failed(other[0].number, NOW_MS, "451 later", Some(NOW_MS + 100)).unwrap();
    assert_eq!(outbox.next_attempt_at_ms().unwrap(), Some(NOW_MS + 100));
    assert!(outbox.begin_due("email", NOW_MS + 99, 10).unwrap().is_empty());
    let again = outbox.begin_due("email", NOW_MS + 100, 10).unwrap();
    assert_eq!((again[0].attempts, again[0].key.as_str()), (2, other[0].key.as_str()));
    outbox.failed(again[0].number, NOW_MS + 101, "550 no such user", None).unwrap();
    assert_eq!(outbox.by_key(&again[0].key).unwrap().unwrap().state, State::GivenUp);
    assert_eq!(outbox.next_attempt_at_ms().unwrap(), None);
    assert_eq!(outbox.counts().unwrap(), [(State::GivenUp, 1), (State::Sent, 1)]);

    let retry = |key: Option<&str>| outbox.retry(key, |_| None).unwrap().due;
    assert_eq!(retry(Some("nothing")), 0);
    assert_eq!(retry(Some(&begun[0].key)), 0, "what was sent is not sent again");
    let left = outbox.retry(None, |_| Some("paused".into())).unwrap();
    assert_eq!((left.due, left.left), (0, [("paused".to_owned(), 1)].into()));
    assert_eq!(outbox.by_key(&again[0].key).unwrap().unwrap().state, State::GivenUp);
    assert_eq!(retry(None), 1);
    assert_eq!(outbox.begin_due("email", NOW_MS, 10).unwrap()[0].attempts, 3);
}

#[test]
fn an_attempt_cut_off_is_due_again_under_the_same_key() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox.db");
    let outbox = Outbox::open(&path).unwrap();
    outbox.take_in(&[notice(1, "a")], 1, NOW_MS).unwrap();
    let begun = outbox.begin_due("email", NOW_MS, 10).unwrap();
    drop(outbox);
    let outbox = Outbox::open(&path).unwrap();
    let cut = outbox.by_key(&begun[0].key).unwrap().unwrap();
    assert_eq!((cut.state, cut.attempts, cut.cut_off), (State::Failed, 1, 1));
    assert!(cut.detail.contains("not known"), "{}", cut.detail);
    let again = outbox.begin_due("email", 0, 10).unwrap();
    assert_eq!((&again[0].key, again[0].attempts), (&begun[0].key, 2));
}

/// Many attempts that end at once are written by whoever comes first, each once.
#[test]
fn attempts_that_end_together_are_all_written_down() {
    let (_dir, outbox) = fresh();
    let new: Vec<NewDelivery> = (1..=64).map(|no| notice(no, &format!("r{no}"))).collect();
    outbox.take_in(&new, 64, NOW_MS).unwrap();
    let begun = outbox.begin_due("email", NOW_MS, 64).unwrap();
    std::thread::scope(|scope| {
        for delivery in &begun {
            let outbox = &outbox;
            scope.spawn(move || {
                let number = delivery.number;
                match number & 3 {
                    0 => outbox.failed(number, NOW_MS, "451", Some(NOW_MS + 1)).unwrap(),
                    1 => outbox.failed(number, NOW_MS, "550", None).unwrap(),
                    _ => outbox.sent(number, NOW_MS, "250", Some(&number.to_string())).unwrap(),
                }
                // Its own outcome is there when it returns, whoever wrote it.
                assert_ne!(outbox.by_key(&delivery.key).unwrap().unwrap().state, State::Sending);
            });
        }
    });
    for delivery in all(&outbox) {
        let expected = match delivery.number & 3 {
            0 => (State::Failed, "451", None),
            1 => (State::GivenUp, "550", None),
            _ => (State::Sent, "250", Some(delivery.number.to_string())),
        };
        assert_eq!((delivery.state, delivery.detail.as_str(), delivery.peer_id), expected);
    }
}

#[test]
fn quiet_hours_hold_until_they_end() {
    let (_dir, outbox) = fresh();
    let quiet = admission("2026-11-24", Some("2026-11-25T08:00:00+08:00"), None);
    let held = NewDelivery { admission: quiet, ..notice(1, "a") };
    outbox.take_in(&[held], 1, NOW_MS).unwrap();
    assert!(outbox.begin_due("email", i64::MAX, 10).unwrap().is_empty());
    let free = |_: &Delivery| Verdict::Admit(admission("2026-11-25", None, None));
    assert_eq!(outbox.release(at("2026-11-25T07:59:59+08:00"), NOW_MS, free).unwrap(), 0);
    // Whoever lets it go says whether it may: it may be quiet again.
    let still =
        |_: &Delivery| Verdict::Admit(admission("2026-11-25", Some("2026-11-26T08:00:00+08:00"), None));
    // What is left for others to be judged first stays as it is.
    let left = |_: &Delivery| Verdict::Leave;
    assert_eq!(outbox.release(at("2026-11-25T08:00:00+08:00"), NOW_MS, left).unwrap(), 1);
    assert_eq!(all(&outbox)[0].held_until, Some(at("2026-11-25T08:00:00+08:00")));
    assert_eq!(outbox.release(at("2026-11-25T08:00:00+08:00"), NOW_MS, still).unwrap(), 1);
    assert_eq!(all(&outbox)[0].held_until, Some(at("2026-11-26T08:00:00+08:00")));
    assert_eq!(outbox.release(at("2026-11-26T08:00:00+08:00"), NOW_MS, free).unwrap(), 1);
    assert_eq!(outbox.begin_due("email", NOW_MS, 10).unwrap().len(), 1);
}

#[test]
fn a_change_of_the_rules_is_looked_at_again() {
    let (_dir, outbox) = fresh();
    let until = |text| admission("2026-11-24", Some(text), None);
    let quiet = |no| NewDelivery { admission: until("2026-11-25T08:00:00+08:00"), ..notice(no, "a") };
    outbox.take_in(&[quiet(1), quiet(2), quiet(3), notice(4, "a"), quiet_of_b()], 4, NOW_MS).unwrap();
    // Earlier now, later, never; what waits for an attempt is none of it.
    let judge = |delivery: &Delivery| match delivery.number {
        1 => Verdict::Admit(admission("2026-11-24", None, None)),
        2 => Verdict::Admit(until("2026-11-25T10:00:00+08:00")),
        3 => Verdict::GiveUp("too old".into()),
        other => panic!("{other} is not held for a"),
    };
    assert_eq!(outbox.look_again("a", false, NOW_MS, judge).unwrap(), 3);
    let found: Vec<_> =
        all(&outbox).into_iter().map(|row| (row.state, row.held_until, row.detail)).take(4).collect();
    let held = Some(at("2026-11-25T10:00:00+08:00"));
    let expected = [
        (State::Pending, None, ""),
        (State::Held, held, ""),
        (State::GivenUp, Some(at("2026-11-25T08:00:00+08:00")), "too old"),
        (State::Pending, None, ""),
    ];
    assert_eq!(found, expected.map(|(state, until, detail)| (state, until, detail.to_owned())));
}

fn quiet_of_b() -> NewDelivery {
    let admission = admission("2026-11-24", Some("2026-11-25T08:00:00+08:00"), None);
    NewDelivery { admission, ..notice(1, "b") }
}

#[test]
fn what_waits_for_a_paused_recipient_is_held_and_comes_back() {
    let (_dir, outbox) = fresh();
    let news: Vec<NewDelivery> = (1..=2_300).map(|no| notice(no, "a")).collect();
    outbox.take_in(&news, 2_300, NOW_MS).unwrap();
    let mut begun = outbox.begin_due("email", NOW_MS, 2).unwrap();
    outbox.failed(begun[0].number, NOW_MS, "451 later", Some(NOW_MS + 100)).unwrap();
    begun.extend(outbox.begin_due("email", NOW_MS, 2).unwrap());
    let week = admission("2026-11-24", Some("2026-12-01T15:00:00+08:00"), None);
    let paused = Admission { held_for: "paused", ..week };
    let judge = |_: &Delivery| Verdict::Admit(paused.clone());
    // All but the one under way, however many they are; that one comes back unsent.
    assert_eq!(outbox.look_again("a", true, NOW_MS, judge).unwrap(), 2_299);
    outbox.hold(begun[1].number, at("2026-12-01T15:00:00+08:00"), "paused").unwrap();
    assert_eq!(outbox.counts().unwrap(), [(State::Held, 2_300)]);
    let unsent = outbox.by_key(&begun[1].key).unwrap().unwrap();
    assert_eq!((unsent.attempts, unsent.detail.as_str()), (0, "paused"));
    assert!(outbox.begin_due("email", i64::MAX, 10).unwrap().is_empty());
    // By the words it is found after a restart, too.
    let free = |_: &Delivery| Verdict::Admit(admission("2026-11-24", None, None));
    assert_eq!(outbox.look_again_at("something else", NOW_MS, free).unwrap(), 0);
    assert_eq!(outbox.look_again_at("paused", NOW_MS, free).unwrap(), 2_300);
    assert_eq!(outbox.counts().unwrap(), [(State::Pending, 2_300)]);
    assert_eq!(outbox.begin_due("email", NOW_MS, 10).unwrap()[0].key, begun[0].key, "in order again");
}

#[test]
fn a_daily_cap_keeps_back_and_tells_once_the_next_day() {
    let (_dir, outbox) = fresh();
    let capped = |no| NewDelivery { admission: admission("2026-11-24", None, Some(2)), ..notice(no, "a") };
    let news: Vec<NewDelivery> = (1..=4).map(capped).collect();
    outbox.take_in(&news, 4, NOW_MS).unwrap();
    outbox.take_in(&news, 4, NOW_MS).unwrap();
    // An urgent one has no cap, and another recipient has its own day.
    outbox
        .take_in(
            &[
                notice(5, "a"),
                NewDelivery { admission: admission("2026-11-24", None, Some(1)), ..notice(5, "b") },
            ],
            5,
            NOW_MS,
        )
        .unwrap();
    let expected = [
        ("a#1", State::Pending),
        ("a#2", State::Pending),
        ("a#3", State::Capped),
        ("a#2026-11-24", State::Held),
        ("a#4", State::Capped),
        ("a#5", State::Pending),
        ("b#5", State::Pending),
    ];
    let expected: Vec<(String, State)> = expected.map(|(key, state)| (key.to_owned(), state)).to_vec();
    assert_eq!(states(&outbox), expected);
    let summary = all(&outbox).into_iter().find(|row| row.state == State::Held).unwrap();
    assert_eq!(summary.matter, Matter::Summary { day: "2026-11-24".into() });
    assert_eq!(summary.held_until, Some(at("2026-11-25T00:00:00+08:00")));
    assert_eq!(outbox.capped("a", "2026-11-24").unwrap(), [("arrears_entered".to_owned(), 2)]);

    // The next day counts anew.
    let free = |_: &Delivery| Verdict::Admit(admission("2026-11-25", None, None));
    outbox.release(at("2026-11-25T00:00:00+08:00"), NOW_MS, free).unwrap();
    assert_eq!(outbox.by_key(&summary.key).unwrap().unwrap().state, State::Pending);
    let next = NewDelivery { admission: admission("2026-11-25", None, Some(1)), ..notice(6, "a") };
    let last = NewDelivery { admission: admission("2026-11-25", None, Some(1)), ..notice(7, "a") };
    outbox.take_in(&[next, last], 7, NOW_MS).unwrap();
    assert_eq!(
        states(&outbox)[7..9].iter().map(|row| row.1).collect::<Vec<_>>(),
        [State::Pending, State::Capped]
    );
}

#[test]
fn what_was_held_counts_on_the_day_it_is_let_go() {
    let (_dir, outbox) = fresh();
    let quiet = admission("2026-11-24", Some("2026-11-25T08:00:00+08:00"), Some(1));
    let held = |no| NewDelivery { admission: quiet.clone(), ..notice(no, "a") };
    outbox.take_in(&[held(1), held(2)], 2, NOW_MS).unwrap();
    let one_a_day = |_: &Delivery| Verdict::Admit(admission("2026-11-25", None, Some(1)));
    outbox.release(at("2026-11-25T08:00:00+08:00"), NOW_MS, one_a_day).unwrap();
    let expected = [("a#1", State::Pending), ("a#2", State::Capped), ("a#2026-11-25", State::Held)];
    assert_eq!(states(&outbox), expected.map(|(key, state)| (key.to_owned(), state)).to_vec());
}

#[test]
fn a_recipient_that_is_gone_gets_nothing_more() {
    let (_dir, outbox) = fresh();
    let quiet = admission("2026-11-24", Some("2026-11-25T08:00:00+08:00"), None);
    let held = NewDelivery { admission: quiet, ..notice(2, "a") };
    outbox.take_in(&[notice(1, "a"), held, notice(1, "b")], 2, NOW_MS).unwrap();
    assert_eq!(outbox.drop_recipient("a", NOW_MS).unwrap(), 2);
    assert_eq!(outbox.begin_due("email", NOW_MS, 10).unwrap().len(), 1);
    let query = DeliveryQuery { without: Some("b".into()), limit: 10, ..DeliveryQuery::default() };
    assert_eq!(outbox.list(&query).unwrap().len(), 2);
    let query = DeliveryQuery { states: vec![State::GivenUp], account: Some(ACCOUNT), limit: 1, ..query };
    let first = outbox.list(&query).unwrap();
    let query = DeliveryQuery { before: Some(first[0].number), ..query };
    assert_eq!((first.len(), outbox.list(&query).unwrap().len()), (1, 1));
    assert_eq!(outbox.purge(NOW_MS).unwrap(), 0);
    assert_eq!(outbox.purge(NOW_MS + 1).unwrap(), 2);
}

#[test]
fn a_probe_is_under_way_from_the_start() {
    let (_dir, outbox) = fresh();
    let probe = NewDelivery { key: "probe.1".into(), matter: Matter::Probe, ..notice(1, "a") };
    assert_eq!(outbox.begin_new(&probe, NOW_MS).unwrap().unwrap().state, State::Sending);
    assert_eq!(outbox.begin_new(&probe, NOW_MS).unwrap(), None);
    assert!(outbox.begin_due("email", NOW_MS, 10).unwrap().is_empty());
    let since = |account, since_ms| outbox.asked_for_since(account, since_ms).unwrap();
    assert_eq!((since(ACCOUNT, NOW_MS), since(ACCOUNT, NOW_MS + 1), since(AccountId(8), 0)), (1, 0, 0));
    let canary = NewDelivery { key: "canary.1".into(), account: None, matter: Matter::Canary, ..probe };
    assert!(outbox.add(&canary, NOW_MS).unwrap() && !outbox.add(&canary, NOW_MS).unwrap());
    assert_eq!(outbox.latest_canary().unwrap().unwrap().key, "canary.1");
}

#[test]
fn a_journal_that_went_another_way_is_told_all_the_same() {
    let (_dir, outbox) = fresh();
    outbox.take_in(&[notice(1, "a"), notice(2, "a")], 2, NOW_MS).unwrap();
    // An older copy came back: the cursor begins anew, and the second notice is another one.
    outbox.take_in(&[], 0, NOW_MS).unwrap();
    let other = NewDelivery { at: at("2026-11-25T09:00:00+08:00"), ..notice(2, "a") };
    assert_eq!(outbox.take_in(&[notice(1, "a"), other.clone()], 2, NOW_MS).unwrap(), 1);
    assert_eq!(outbox.take_in(&[notice(1, "a"), other], 2, NOW_MS).unwrap(), 0);
    let keys: Vec<String> = all(&outbox).into_iter().map(|row| row.key).collect();
    let second = format!("{ACCOUNT}.2.a");
    assert_eq!(keys[1..], [second.clone(), format!("{second}~1795568400000")]);
}

#[test]
fn other_files_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("other.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE mine (x); PRAGMA user_version = 1").unwrap();
    drop(other);
    assert!(matches!(Outbox::open(&path), Err(OutboxError::NotAnOutbox(_))));
    let path = dir.path().join("later.db");
    drop(Outbox::open(&path).unwrap());
    let later = rusqlite::Connection::open(&path).unwrap();
    later.pragma_update(None, "user_version", 1_000).unwrap();
    assert!(matches!(Outbox::open(&path), Err(OutboxError::UnknownVersion(1_000))));
}

/// An account with much to say, and slow receivers, takes its turn like everybody.
#[test]
fn accounts_take_turns() {
    let (_dir, outbox) = fresh();
    let of = |account: u128, no: u64| NewDelivery {
        key: format!("{account}.{no}"),
        account: Some(AccountId(account)),
        ..notice(no, &format!("r{no}"))
    };
    let talker: Vec<NewDelivery> = (1..=50).map(|no| of(1, no)).collect();
    outbox.take_in(&talker, 50, NOW_MS).unwrap();
    let keys = |limit| -> Vec<String> {
        outbox.begin_due("email", NOW_MS, limit).unwrap().into_iter().map(|row| row.key).collect()
    };
    assert_eq!(keys(3), ["1.1", "1.2", "1.3"], "who is alone has all the places");
    outbox.take_in(&[of(2, 1), of(2, 2), of(3, 1)], 53, NOW_MS).unwrap();
    assert_eq!(keys(2), ["2.1", "3.1"], "the next places are the others'");
    assert_eq!(keys(4), ["2.2", "1.4", "1.5", "1.6"]);
}

/// A recipient hears one message of an account at a time, in the order of the notices.
#[test]
fn a_recipient_hears_in_order() {
    let (_dir, outbox) = fresh();
    let other = NewDelivery { key: "8.1".into(), account: Some(AccountId(8)), ..notice(1, "a") };
    let quiet = admission("2026-11-24", Some("2026-11-25T08:00:00+08:00"), None);
    let held = |no| NewDelivery { admission: quiet.clone(), ..notice(no, "a") };
    outbox.take_in(&[held(1), notice(2, "a"), held(3), notice(1, "b"), other], 5, NOW_MS).unwrap();
    let begin = || -> Vec<Delivery> { outbox.begin_due("email", NOW_MS, 10).unwrap() };
    let keys = |begun: &[Delivery]| begun.iter().map(|row| row.key.clone()).collect::<Vec<_>>();
    let of = |no, who: &str| format!("{ACCOUNT}.{no}.{who}");
    let first = begin();
    assert_eq!(keys(&first), [of(2, "a"), "8.1".into(), of(1, "b")]);
    let free = |_: &Delivery| Verdict::Admit(admission("2026-11-25", None, None));
    outbox.release(at("2026-11-25T08:00:00+08:00"), NOW_MS, free).unwrap();
    assert!(begin().is_empty(), "one is under way");
    assert_eq!(outbox.next_attempt_at_ms().unwrap(), None, "and nothing is due before it ends");
    outbox.sent(first[0].number, NOW_MS, "250 taken", None).unwrap();
    assert_eq!(outbox.next_attempt_at_ms().unwrap(), Some(0));
    let second = begin();
    assert_eq!(keys(&second), [of(1, "a")]);
    // One that failed makes nobody wait.
    outbox.failed(second[0].number, NOW_MS, "451 later", Some(NOW_MS)).unwrap();
    let third = begin();
    assert_eq!(keys(&third), [of(3, "a")]);
    outbox.sent(third[0].number, NOW_MS, "250 taken", None).unwrap();
    assert_eq!(keys(&begin()), [of(1, "a")]);
}

/// The summary of what a cap kept back does not use up the next day's.
#[test]
fn a_summary_takes_nobody_s_place() {
    let (_dir, outbox) = fresh();
    let capped = |no, day: &str| NewDelivery { admission: admission(day, None, Some(1)), ..notice(no, "a") };
    outbox.take_in(&[capped(1, "2026-11-24"), capped(2, "2026-11-24")], 2, NOW_MS).unwrap();
    let next_day = at("2026-11-25T00:00:00+08:00");
    let admit = |_: &Delivery| Verdict::Admit(admission("2026-11-25", None, None));
    assert_eq!(outbox.release(next_day, NOW_MS, admit).unwrap(), 1);
    outbox.take_in(&[capped(3, "2026-11-25")], 3, NOW_MS).unwrap();
    let third = all(&outbox).into_iter().find(|row| row.key.contains(".3.")).unwrap();
    assert_eq!(third.state, State::Pending);
}
