//! The directory and the outbox in PostgreSQL: what was done to one is found by whoever opens it next, on whichever
//! machine; an owner that was replaced can do nothing; and one server at a time has the lease.

#![allow(clippy::unwrap_used)]

#[path = "common/cluster.rs"]
mod cluster;

use std::path::Path;
use std::time::Duration;

use charging::{AccountId, Money, Name, Notice, NoticeKind, Tier, Timestamp, Zone};
use cluster::Cluster;
use ledger::directory::{
    AccessMode, Directory, DirectoryError, EnterpriseProjectRow, GatewayRow, NewAccount, NewGroup, NewUser,
    Opening, ScopeKind, UserChange,
};
use ledger::journal::postgres::{Leases, PostgresOptions};
use ledger::outbox::{Admission, Matter, NewDelivery, Outbox};
use postgres::{Client, NoTls};
use rusqlite::Connection;
use rusqlite::types::Value;

const ACME: &str = "0123456789abcdef0123456789abcdef";

fn of(cluster: &Cluster, shard: i64) -> PostgresOptions {
    PostgresOptions { database: cluster.database(), shard }
}

fn directory(cluster: &Cluster, dir: &Path) -> Directory {
    Directory::replicate(&dir.join("directory.db"), &of(cluster, PostgresOptions::DIRECTORY)).unwrap()
}

fn create(directory: &Directory, id: &str, name: &str) -> Result<(), DirectoryError> {
    directory.create_account(&NewAccount {
        account_id: id,
        name,
        user_id: &format!("owner-{name}"),
        user_name: name,
        password_hash: "it's a 'hash' ; --",
        access_key: &format!("AK{name}"),
        sealed_secret: &[0, 39, 255],
        projects: &[(format!("project-{name}"), "cn-north-4".into())],
        opening: &Opening { tier: Tier::V0, policy: Name::new("intl").unwrap(), zone: Zone::default() },
        created_at_ms: 1,
    })
}

/// Does something to every table, in ways that go wrong too.
fn live(directory: &Directory) {
    create(directory, ACME, "acme").unwrap();
    assert!(matches!(create(directory, &ACME.replace('0', "1"), "ACME"), Err(DirectoryError::NameTaken)));
    for number in 0..5 {
        let (id, name) = (format!("user-{number}"), format!("user{number}"));
        let new = NewUser {
            user_id: &id,
            account_id: ACME,
            name: &name,
            password_hash: Some("hash"),
            enabled: true,
            access: AccessMode::Default,
            reset_password: true,
            description: "纸 'and' ink",
            email: "",
            phone: ("", ""),
            created_at_ms: 2,
            system_ms: 3,
        };
        directory.insert_user(&new).unwrap();
        assert!(matches!(directory.insert_user(&new), Err(DirectoryError::IdTaken)));
        directory.insert_access_key(&id, &format!("KEY{number}"), &[number; 40], "for a test", 3).unwrap();
        let group =
            NewGroup { group_id: &name, account_id: ACME, name: &name, description: "", created_at_ms: 4 };
        directory.insert_group(&group).unwrap();
        let hash = [number; 32];
        directory.insert_token(&hash, &id, ScopeKind::Domain, None, 5, 6).unwrap();
        let child = [number + 100; 32];
        directory.insert_token_of_token(&child, &hash, &id, None, 5, 6).unwrap();
        directory.insert_session(&hash, Some(&id), 5, 6).unwrap();
    }
    // What hangs on a row goes with it; what a statement of many parts takes away goes too.
    directory.delete_user(ACME, "user-1").unwrap();
    directory.delete_group(ACME, "user2").unwrap();
    assert!(directory.delete_token(&[3; 32]).unwrap());
    directory.touch_session(&[4; 32], 6).unwrap();
    assert_eq!(directory.purge_sessions(5, 6).unwrap(), 3);
    directory.set_group_user(ACME, "user3", "user-4", true).unwrap();
    let renamed = UserChange { name: Some("ann"), ..UserChange::default() };
    directory.change_user(ACME, "user-4", &renamed).unwrap();
    let gateway = GatewayRow { name: "shop".into(), apis: vec!["general-text".into()], created_at_ms: 7 };
    directory.insert_gateway(&gateway, &[9; 32]).unwrap();
    let archive = EnterpriseProjectRow {
        id: "archive".into(),
        name: "Archive".into(),
        description: String::new(),
        enabled: true,
        created_at_ms: 8,
    };
    directory.insert_enterprise_project(ACME, &archive).unwrap();
    directory.keep_document("rules", "{\"a\": 1}").unwrap();
    directory.keep_document("rules", "{\"a\": 2}").unwrap();
}

/// Every row of every table.
fn rows(path: &Path) -> Vec<(String, Vec<Vec<Value>>)> {
    let connection = Connection::open(path).unwrap();
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let names: Vec<String> = connection
        .prepare(names)
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let rows = |name: &str| {
        let mut select = connection.prepare(&format!("SELECT * FROM {name} ORDER BY 1, 2")).unwrap();
        let width = select.column_count();
        let row = |row: &rusqlite::Row<'_>| (0..width).map(|at| row.get(at)).collect();
        select.query_map([], row).unwrap().map(Result::unwrap).collect()
    };
    names.iter().map(|name| (name.clone(), rows(name))).collect()
}

fn records(cluster: &Cluster, shard: i64) -> i64 {
    let mut client = Client::connect(&cluster.database(), NoTls).unwrap();
    let count = "SELECT count(*) FROM inkmeter_records WHERE shard = $1";
    client.query_one(count, &[&shard]).unwrap().get(0)
}

#[test]
fn what_was_done_is_found_on_another_machine() {
    let Some(cluster) = Cluster::start() else { return };
    let [here, there, later] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let first = directory(&cluster, here.path());
    live(&first);
    let before = rows(&here.path().join("directory.db"));
    let filled: Vec<&str> =
        before.iter().filter(|(_, rows)| !rows.is_empty()).map(|(name, _)| name.as_str()).collect();
    assert!(filled.len() > 10, "{filled:?}");
    assert!(records(&cluster, PostgresOptions::DIRECTORY) > 20);
    // The first is not closed: its machine is gone, as far as anybody knows.
    let second = directory(&cluster, there.path());
    assert_eq!(rows(&there.path().join("directory.db")), before);
    assert_eq!(records(&cluster, PostgresOptions::DIRECTORY), 0, "an image is in their place");
    assert_eq!(second.document("rules").unwrap().as_deref(), Some("{\"a\": 2}"));

    // It wakes up, and what it is told to do is not done, here or there.
    let refused = create(&first, &"a".repeat(32), "late");
    assert!(matches!(refused, Err(DirectoryError::Sqlite(_))), "{refused:?}");
    assert!(first.account_by_name("late").unwrap().is_none());
    assert!(first.stop_reason().unwrap().contains("taken over"), "{:?}", first.stop_reason());
    assert!(first.insert_session(&[7; 32], None, 1, 2).is_err(), "and nothing after it");

    create(&second, &"b".repeat(32), "bolt").unwrap();
    let after = rows(&there.path().join("directory.db"));
    assert_ne!(after, before);
    drop(second);
    // From the image and the records after it, over what another time left in the folder.
    std::fs::write(later.path().join("directory.db"), b"an old file").unwrap();
    drop(directory(&cluster, later.path()));
    assert_eq!(rows(&later.path().join("directory.db")), after);
}

#[test]
fn what_the_database_does_not_have_is_not_done() {
    let Some(mut cluster) = Cluster::start() else { return };
    let dir = tempfile::tempdir().unwrap();
    let first = directory(&cluster, dir.path());
    create(&first, ACME, "acme").unwrap();
    cluster.cut_connections();
    assert!(first.insert_session(&[1; 32], None, 1, 2).is_err());
    assert!(first.session(&[1; 32]).unwrap().is_none());
    assert!(first.stop_reason().is_some());
    cluster.crash();
    let path = dir.path().join("directory.db");
    let nowhere = Directory::replicate(&path, &of(&cluster, PostgresOptions::DIRECTORY));
    assert!(matches!(nowhere, Err(DirectoryError::Database(_))));
    cluster.run();
    let second = directory(&cluster, dir.path());
    assert!(second.account_by_name("acme").unwrap().is_some());
    second.insert_session(&[1; 32], None, 1, 2).unwrap();
}

#[test]
fn a_log_that_is_not_whole_is_not_read() {
    let Some(cluster) = Cluster::start() else { return };
    let dir = tempfile::tempdir().unwrap();
    create(&directory(&cluster, dir.path()), ACME, "acme").unwrap();
    let mut client = Client::connect(&cluster.database(), NoTls).unwrap();
    let opened = || {
        let path = dir.path().join("directory.db");
        Directory::replicate(&path, &of(&cluster, PostgresOptions::DIRECTORY))
            .map(drop)
            .unwrap_err()
            .to_string()
    };
    client
        .batch_execute("UPDATE inkmeter_records SET payload = payload || '\\x00' WHERE shard = -1")
        .unwrap();
    assert!(opened().contains("missing or damaged"), "{}", opened());
    client.batch_execute("UPDATE inkmeter_images SET payload = '\\x00' WHERE shard = -1").unwrap();
    assert!(opened().contains("missing or damaged"), "{}", opened());
    client.batch_execute("DELETE FROM inkmeter_images WHERE shard = -1").unwrap();
    assert!(opened().contains("is missing"), "{}", opened());
}

#[test]
fn the_outbox_goes_on_elsewhere() {
    let Some(cluster) = Cluster::start() else { return };
    let [here, there] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let at = |dir: &Path| dir.join("outbox.db");
    let open = |dir: &Path| Outbox::replicate(&at(dir), &of(&cluster, PostgresOptions::OUTBOX)).unwrap();
    let first = open(here.path());
    let day = Timestamp::parse("2026-11-24T00:00:00+08:00").unwrap();
    let new = |no: u64| NewDelivery {
        key: format!("{no}"),
        account: Some(AccountId(7)),
        recipient: format!("ann-{no}"),
        channel: "email".into(),
        address: "ann@example.com".into(),
        language: "en".into(),
        matter: Matter::Notice(Box::new(Notice {
            no,
            kind: NoticeKind::ArrearsEntered { debt: Money::from_e8(5) },
        })),
        at: day,
        admission: Admission {
            held_until: None,
            held_for: "",
            day: "2026-11-24".into(),
            day_ends: day.plus_days(1),
            daily_cap: None,
        },
    };
    assert_eq!(first.take_in(&[new(1), new(2), new(3)], 3, 10).unwrap(), 3);
    let begun = first.begin_due("email", 20, 2).unwrap();
    assert_eq!(begun.len(), 2);
    first.sent(begun[0].number, 30, "it's \"taken\"; --", Some("peer")).unwrap();
    // The second is under way when the machine is gone.
    let second = open(there.path());
    assert_eq!(second.cursor().unwrap(), 3);
    let counts = second.counts().unwrap();
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<u64>(), 3);
    assert_eq!(second.by_key(&begun[0].key).unwrap().unwrap().detail, "it's \"taken\"; --");
    assert!(second.by_key(&begun[1].key).unwrap().unwrap().detail.contains("not known"));
    assert!(first.take_in(&[new(4)], 4, 40).is_err(), "the first is nobody any more");
    assert_eq!(second.take_in(&[new(4)], 4, 40).unwrap(), 1);
    drop(second);
    let third = open(here.path());
    assert_eq!(third.cursor().unwrap(), 4);
}

#[test]
fn one_server_at_a_time_has_the_lease() {
    let Some(cluster) = Cluster::start() else { return };
    let of = |holder: &str, length| Leases::connect(&cluster.database(), 0, holder.into(), length).unwrap();
    let (mut one, mut two) = (of("one", Duration::from_secs(3600)), of("two", Duration::from_secs(3600)));
    assert!(one.take().unwrap().is_ok());
    assert_eq!(two.take().unwrap(), Err("one".into()));
    assert!(one.take().unwrap().is_ok(), "it is made longer");
    let mut of_another_shard =
        Leases::connect(&cluster.database(), 1, "two".into(), Duration::from_secs(3600)).unwrap();
    assert!(of_another_shard.take().unwrap().is_ok(), "each shard has its own");
    two.give_back().unwrap();
    assert!(two.take().unwrap().is_err(), "nobody gives back another's");
    one.give_back().unwrap();
    assert!(two.take().unwrap().is_ok());
    // One that runs out.
    two.give_back().unwrap();
    assert!(of("short", Duration::from_millis(1)).take().unwrap().is_ok());
    while two.take().unwrap().is_err() {}
    assert_eq!(one.take().unwrap(), Err("two".into()));
}
