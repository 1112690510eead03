//! The directory: who is who.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use charging::{Name, Tier, Zone};
use ledger::directory::{
    ACTIONS_LIMIT, ActionQuery, ActionRow, Directory, DirectoryError, ENTERPRISE_PROJECTS_LIMIT,
    EnterpriseProjectChange, EnterpriseProjectRow, NewAccount, Opening, ProjectRow, ScopeKind,
};

const ACME: &str = "0123456789abcdef0123456789abcdef";
const BOLT: &str = "fedcba9876543210fedcba9876543210";

struct Bench {
    directory: Directory,
    path: PathBuf,
    _dir: tempfile::TempDir,
}

fn bench() -> Bench {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("directory.sqlite");
    Bench { directory: Directory::open(&path).expect("a new directory"), path, _dir: dir }
}

fn projects(of: &str) -> Vec<(String, String)> {
    // The second sorts before the first: order is that of creation, not of ids.
    vec![(format!("z-{of}"), "cn-north-4".into()), (format!("a-{of}"), "ap-southeast-1".into())]
}

fn opening() -> Opening {
    Opening {
        tier: Tier::V4,
        policy: Name::new("cn").expect("a name"),
        zone: Zone::from_offset_minutes(-210).expect("a zone"),
    }
}

fn create(directory: &Directory, id: &str, name: &str, tag: &str) -> Result<(), DirectoryError> {
    directory.create_account(&NewAccount {
        account_id: id,
        name,
        user_id: &format!("user-{tag}"),
        user_name: "Admin",
        password_hash: "$argon2id$hush",
        access_key: &format!("AK{tag}"),
        sealed_secret: &[0xC0, 0xFF, 0xEE],
        projects: &projects(tag),
        opening: &opening(),
        created_at_ms: 1_700_000_000_000,
    })
}

#[test]
fn an_account_is_found_by_everything_it_has() {
    let Bench { directory, .. } = bench();
    create(&directory, ACME, "Acme", "acme").unwrap();

    let account = directory.account_by_name("aCME").unwrap().unwrap();
    assert_eq!((account.account_id.as_str(), account.name.as_str()), (ACME, "Acme"));
    assert_eq!((account.created_at_ms, account.opening.clone()), (1_700_000_000_000, Some(opening())));
    assert_eq!(directory.account_by_id(ACME).unwrap().unwrap(), account);

    let user = directory.user("Acme", "Admin").unwrap().unwrap();
    assert_eq!((user.user_id.as_str(), user.name.as_str()), ("user-acme", "Admin"));
    assert_eq!((user.account_id.as_str(), user.account_name.as_str()), (ACME, "Acme"));
    assert_eq!(user.password_hash, "$argon2id$hush");
    assert!(user.enabled);
    assert_eq!(directory.user("ACME", "admin").unwrap().unwrap(), user);
    assert_eq!(directory.user_by_id("user-acme").unwrap().unwrap(), user);

    // Twice: from the file, then from memory.
    for _ in 0..2 {
        let key = directory.access_key("AKacme").unwrap().unwrap();
        assert_eq!(key.access_key, "AKacme");
        assert_eq!(key.sealed_secret, [0xC0, 0xFF, 0xEE]);
        assert_eq!(*key.user, user);
        assert!(key.enabled);
        let project = directory.project("z-acme").unwrap().unwrap();
        assert_eq!(
            project,
            ProjectRow { project_id: "z-acme".into(), account_id: ACME.into(), region: "cn-north-4".into() }
        );
    }
    // Ids and keys, unlike names, are exact.
    assert!(directory.access_key("akACME").unwrap().is_none());
    assert!(directory.project("Z-acme").unwrap().is_none());
}

#[test]
fn lists_are_in_order_of_creation() {
    let Bench { directory, .. } = bench();
    create(&directory, BOLT, "Zeta", "zeta").unwrap();
    create(&directory, ACME, "Acme", "acme").unwrap();
    let names: Vec<_> = directory.accounts().unwrap().into_iter().map(|account| account.name).collect();
    assert_eq!(names, ["Zeta", "Acme"]);
    let ids: Vec<_> =
        directory.projects(ACME).unwrap().into_iter().map(|project| project.project_id).collect();
    assert_eq!(ids, ["z-acme", "a-acme"]);
}

#[test]
fn what_is_not_there_is_none() {
    let Bench { directory, .. } = bench();
    create(&directory, ACME, "Acme", "acme").unwrap();
    assert!(directory.account_by_name("Bolt").unwrap().is_none());
    assert!(directory.account_by_id(BOLT).unwrap().is_none());
    assert!(directory.user("Acme", "nobody").unwrap().is_none());
    assert!(directory.user("Bolt", "Admin").unwrap().is_none());
    assert!(directory.user_by_id("nobody").unwrap().is_none());
    assert!(directory.projects(BOLT).unwrap().is_empty());
    assert!(directory.token(&[1; 32]).unwrap().is_none());
    // A miss is not remembered.
    assert!(directory.access_key("AKbolt").unwrap().is_none());
    assert!(directory.project("z-bolt").unwrap().is_none());
    create(&directory, BOLT, "Bolt", "bolt").unwrap();
    assert_eq!(directory.access_key("AKbolt").unwrap().unwrap().user.account_id, BOLT);
    assert_eq!(directory.project("z-bolt").unwrap().unwrap().account_id, BOLT);
}

#[test]
fn a_name_is_given_once_whatever_its_case() {
    let Bench { directory, .. } = bench();
    create(&directory, ACME, "Acme", "acme").unwrap();
    for name in ["Acme", "acme", "ACME"] {
        assert!(matches!(create(&directory, BOLT, name, "bolt"), Err(DirectoryError::NameTaken)), "{name}");
    }
    assert_eq!(directory.accounts().unwrap().len(), 1);
}

#[test]
fn a_new_region_gets_a_project_of_every_account_once() {
    let Bench { directory, .. } = bench();
    create(&directory, BOLT, "Zeta", "zeta").unwrap();
    create(&directory, ACME, "Acme", "acme").unwrap();
    let id_of = |account_id: &str| format!("cn-east-3-{account_id}");
    let wrong = directory.complete_projects("cn-east-3", |_| "no id".to_owned());
    assert!(matches!(wrong, Err(DirectoryError::InvalidId)));
    assert_eq!(directory.complete_projects("cn-east-3", id_of).unwrap(), 2);
    assert_eq!(directory.complete_projects("cn-east-3", id_of).unwrap(), 0, "nobody is without one now");
    assert_eq!(directory.complete_projects("cn-north-4", id_of).unwrap(), 0, "and nobody was there");
    let regions = |id| directory.projects(id).unwrap().into_iter().map(|project| project.region);
    assert_eq!(regions(ACME).collect::<Vec<_>>(), ["cn-north-4", "ap-southeast-1", "cn-east-3"]);
    assert_eq!(directory.project(&id_of(BOLT)).unwrap().unwrap().account_id, BOLT);
}

#[test]
fn an_account_is_written_whole_or_not_at_all() {
    let Bench { directory, .. } = bench();
    create(&directory, ACME, "Acme", "acme").unwrap();
    assert!(matches!(create(&directory, ACME, "Bolt", "bolt"), Err(DirectoryError::IdTaken)));
    // The last row of it is the one that fails.
    let new = NewAccount {
        account_id: BOLT,
        name: "Bolt",
        user_id: "user-bolt",
        user_name: "Admin",
        password_hash: "",
        access_key: "AKbolt",
        sealed_secret: &[],
        projects: &[("p-bolt".into(), "cn-north-4".into()), ("a-acme".into(), "cn-north-1".into())],
        opening: &opening(),
        created_at_ms: 0,
    };
    assert!(matches!(directory.create_account(&new), Err(DirectoryError::IdTaken)));
    assert!(directory.account_by_name("Bolt").unwrap().is_none());
    assert!(directory.user_by_id("user-bolt").unwrap().is_none());
    assert!(directory.access_key("AKbolt").unwrap().is_none());
    assert!(directory.project("p-bolt").unwrap().is_none());
    assert_eq!(directory.project("a-acme").unwrap().unwrap().account_id, ACME);
    create(&directory, BOLT, "Bolt", "bolt").unwrap();
}

#[test]
fn names_and_ids_keep_their_rules() {
    let Bench { directory, .. } = bench();
    let long = "a".repeat(65);
    for name in ["", "-a", ".a", "_a", "a b", "a/b", "é", "a\0", "a'", &long] {
        assert!(
            matches!(create(&directory, ACME, name, "acme"), Err(DirectoryError::InvalidName)),
            "{name:?}"
        );
    }
    let short = &ACME[1..];
    for id in ["", short, "0123456789ABCDEF0123456789ABCDEF", "0123456789abcdef0123456789abcdeg"] {
        assert!(matches!(create(&directory, id, "Acme", "acme"), Err(DirectoryError::InvalidId)), "{id:?}");
    }
    for tag in ["with space", "tab\t", &long] {
        assert!(matches!(create(&directory, ACME, "Acme", tag), Err(DirectoryError::InvalidId)), "{tag:?}");
    }
    assert!(directory.accounts().unwrap().is_empty());
    create(&directory, ACME, &long[1..], "acme").unwrap();
    create(&directory, BOLT, "0.A_b-c", "bolt").unwrap();
}

#[test]
fn tokens_come_and_go() {
    let Bench { directory, .. } = bench();
    create(&directory, ACME, "Acme", "acme").unwrap();
    directory.insert_token(&[1; 32], "user-acme", ScopeKind::Project, Some("z-acme"), 10, 20).unwrap();
    directory.insert_token(&[2; 32], "user-acme", ScopeKind::Domain, None, 11, 21).unwrap();
    for _ in 0..2 {
        let token = directory.token(&[1; 32]).unwrap().unwrap();
        assert_eq!((token.issued_at_ms, token.expires_at_ms), (10, 20));
        assert_eq!(token.scope, ScopeKind::Project);
        assert_eq!(token.project, directory.project("z-acme").unwrap());
        assert_eq!(Some(token.user), directory.user_by_id("user-acme").unwrap());
        let token = directory.token(&[2; 32]).unwrap().unwrap();
        assert_eq!((token.issued_at_ms, token.expires_at_ms), (11, 21));
        assert_eq!((token.scope, token.project), (ScopeKind::Domain, None));
    }
    // Both are in memory now; the one taken away is gone from there too.
    assert!(directory.delete_token(&[1; 32]).unwrap());
    assert!(directory.token(&[1; 32]).unwrap().is_none());
    assert!(!directory.delete_token(&[1; 32]).unwrap());
    assert!(directory.token(&[2; 32]).unwrap().is_some());
    // And may come again as another.
    directory.insert_token(&[1; 32], "user-acme", ScopeKind::Domain, None, 30, 40).unwrap();
    assert_eq!(directory.token(&[1; 32]).unwrap().unwrap().expires_at_ms, 40);
}

#[test]
fn a_token_ends_with_the_one_it_was_given_for() {
    let Bench { directory, .. } = bench();
    create(&directory, ACME, "Acme", "acme").unwrap();
    let of = |hash: u8, parent: u8| {
        directory.insert_token_of_token(&[hash; 32], &[parent; 32], "user-acme", None, 10, 20)
    };
    let is_there = |hash: u8| directory.token(&[hash; 32]).unwrap().is_some();
    assert!(matches!(of(2, 1), Err(DirectoryError::UnknownToken)));
    for root in [1, 9] {
        directory.insert_token(&[root; 32], "user-acme", ScopeKind::Domain, None, 10, 20).unwrap();
    }
    for (hash, parent) in [(2, 1), (3, 2), (4, 2), (8, 9)] {
        of(hash, parent).unwrap();
        assert!(is_there(hash), "and it is in memory now");
    }
    assert!(directory.delete_token(&[2; 32]).unwrap());
    assert_eq!([1, 2, 3, 4, 8, 9].map(is_there), [true, false, false, false, true, true]);
    // Its holder gave it back; those of the others are told to ask for another one.
    assert_eq!([2, 3, 4].map(|hash| directory.is_ended_token(&[hash; 32]).unwrap()), [false, true, true]);
    assert!(matches!(of(5, 2), Err(DirectoryError::UnknownToken)));
}

#[test]
fn a_token_is_for_ones_own_account() {
    let Bench { directory, .. } = bench();
    create(&directory, ACME, "Acme", "acme").unwrap();
    create(&directory, BOLT, "Bolt", "bolt").unwrap();
    let insert = |user, scope, project| directory.insert_token(&[1; 32], user, scope, project, 0, 1);
    let refused = insert("user-acme", ScopeKind::Project, Some("z-bolt"));
    assert!(matches!(refused, Err(DirectoryError::UnknownProject)));
    let refused = insert("user-acme", ScopeKind::Project, Some("none"));
    assert!(matches!(refused, Err(DirectoryError::UnknownProject)));
    assert!(matches!(insert("nobody", ScopeKind::Domain, None), Err(DirectoryError::UnknownUser)));
    let refused = insert("user-acme", ScopeKind::Project, None);
    assert!(matches!(refused, Err(DirectoryError::ScopeMismatch)));
    let refused = insert("user-acme", ScopeKind::Domain, Some("z-acme"));
    assert!(matches!(refused, Err(DirectoryError::ScopeMismatch)));
    assert!(directory.token(&[1; 32]).unwrap().is_none());
    insert("user-acme", ScopeKind::Domain, None).unwrap();
    assert!(matches!(insert("user-bolt", ScopeKind::Domain, None), Err(DirectoryError::IdTaken)));
    assert_eq!(directory.token(&[1; 32]).unwrap().unwrap().user.account_id, ACME);
}

#[test]
fn expired_tokens_are_purged() {
    let Bench { directory, .. } = bench();
    create(&directory, ACME, "Acme", "acme").unwrap();
    for expiry in [10_u8, 20, 30] {
        let hash = [expiry; 32];
        directory.insert_token(&hash, "user-acme", ScopeKind::Domain, None, 0, expiry.into()).unwrap();
        assert!(directory.token(&hash).unwrap().is_some());
    }
    assert_eq!(directory.purge_tokens(20).unwrap(), 1);
    assert!(directory.token(&[10; 32]).unwrap().is_none());
    assert!(directory.token(&[20; 32]).unwrap().is_some());
    assert_eq!(directory.purge_tokens(i64::MAX).unwrap(), 2);
    assert!(directory.token(&[20; 32]).unwrap().is_none());
    assert_eq!(directory.purge_tokens(i64::MAX).unwrap(), 0);
}

#[test]
fn sessions_are_of_a_user_or_of_the_operator_and_end() {
    let Bench { directory, .. } = bench();
    create(&directory, ACME, "Acme", "acme").unwrap();
    directory.insert_session(&[1; 32], Some("user-acme"), 10, 100).unwrap();
    directory.insert_session(&[2; 32], None, 10, 100).unwrap();
    let taken = directory.insert_session(&[2; 32], None, 10, 100);
    assert!(matches!(taken, Err(DirectoryError::IdTaken)));
    let nobodys = directory.insert_session(&[3; 32], Some("user-nobody"), 10, 100);
    assert!(matches!(nobodys, Err(DirectoryError::IdTaken)));

    let session = directory.session(&[1; 32]).unwrap().unwrap();
    assert_eq!(session.user, directory.user_by_id("user-acme").unwrap());
    assert_eq!((session.seen_at_ms, session.expires_at_ms), (10, 100));
    assert_eq!(directory.session(&[2; 32]).unwrap().unwrap().user, None);
    directory.touch_session(&[1; 32], 50).unwrap();
    assert_eq!(directory.session(&[1; 32]).unwrap().unwrap().seen_at_ms, 50);

    assert_eq!(directory.purge_sessions(99, 10).unwrap(), 0, "neither over nor at rest");
    assert_eq!(directory.purge_sessions(99, 11).unwrap(), 1, "the operator's was at rest");
    assert_eq!(directory.purge_sessions(100, 0).unwrap(), 1, "the other is over");
    directory.insert_session(&[1; 32], None, 10, 100).unwrap();
    assert!(directory.delete_session(&[1; 32]).unwrap());
    assert!(!directory.delete_session(&[1; 32]).unwrap());
    assert!(directory.session(&[1; 32]).unwrap().is_none());
}

#[test]
fn a_user_has_two_access_keys_at_most() {
    let Bench { directory, .. } = bench();
    create(&directory, ACME, "Acme", "acme").unwrap();
    create(&directory, BOLT, "Bolt", "bolt").unwrap();
    assert!(directory.access_key("AKsecond").unwrap().is_none());
    directory.insert_access_key("user-acme", "AKsecond", &[1], "", 1_700_000_000_001).unwrap();
    assert_eq!(directory.access_key("AKsecond").unwrap().unwrap().user.user_id, "user-acme");
    let third = directory.insert_access_key("user-acme", "AKthird", &[1], "", 3);
    assert!(matches!(third, Err(DirectoryError::TooManyKeys)));
    let taken = directory.insert_access_key("user-bolt", "AKsecond", &[1], "", 3);
    assert!(matches!(taken, Err(DirectoryError::IdTaken)));
    let invalid = directory.insert_access_key("user-bolt", "not an id", &[1], "", 3);
    assert!(matches!(invalid, Err(DirectoryError::InvalidId)));
    let keys = directory.access_keys_of("user-acme").unwrap();
    let names: Vec<(&str, Option<i64>)> =
        keys.iter().map(|key| (key.access_key.as_str(), key.created_at_ms)).collect();
    assert_eq!(names, [("AKacme", Some(1_700_000_000_000)), ("AKsecond", Some(1_700_000_000_001))]);

    assert!(!directory.delete_access_key("user-bolt", "AKsecond").unwrap(), "it is another's");
    assert!(directory.access_key("AKsecond").unwrap().is_some());
    assert!(directory.delete_access_key("user-acme", "AKsecond").unwrap());
    assert!(directory.access_key("AKsecond").unwrap().is_none(), "not even from memory");
    directory.insert_access_key("user-acme", "AKthird", &[1], "", 3).unwrap();
}

#[test]
fn everything_is_there_after_reopening() {
    let Bench { directory, path, _dir } = bench();
    create(&directory, ACME, "Acme", "acme").unwrap();
    directory.insert_token(&[1; 32], "user-acme", ScopeKind::Project, Some("a-acme"), 10, 20).unwrap();
    let before = directory.token(&[1; 32]).unwrap();
    drop(directory);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();

    let directory = Directory::open(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(before.is_some());
    assert_eq!(directory.token(&[1; 32]).unwrap(), before);
    assert_eq!(directory.account_by_name("Acme").unwrap().unwrap().account_id, ACME);
    assert_eq!(directory.access_key("AKacme").unwrap().unwrap().sealed_secret, [0xC0, 0xFF, 0xEE]);
    assert_eq!(directory.projects(ACME).unwrap().len(), 2);
    assert!(matches!(create(&directory, BOLT, "ACME", "bolt"), Err(DirectoryError::NameTaken)));
}

#[test]
fn its_files_are_the_owners_only() {
    let Bench { directory, path, _dir } = bench();
    create(&directory, ACME, "Acme", "acme").unwrap();
    let mut files = 0;
    for entry in path.parent().unwrap().read_dir().unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", entry.file_name());
        files += 1;
    }
    assert!(files > 1, "the write-ahead log lies beside it");
}

#[test]
fn enterprise_projects_are_an_accounts_own() {
    let Bench { directory, .. } = bench();
    create(&directory, ACME, "Acme", "acme").unwrap();
    create(&directory, BOLT, "Bolt", "bolt").unwrap();
    let new = |id: &str, name: &str| EnterpriseProjectRow {
        id: id.into(),
        name: name.into(),
        description: String::new(),
        enabled: true,
        created_at_ms: 5,
    };
    directory.insert_enterprise_project(ACME, &new("web", "Web")).unwrap();
    // Another account may have the same, and neither sees the other's.
    assert_eq!(directory.enterprise_project(BOLT, "web").unwrap(), None);
    directory.insert_enterprise_project(BOLT, &new("web", "Web")).unwrap();
    for taken in [new("web", "Other"), new("other", "wEB")] {
        let refused = directory.insert_enterprise_project(ACME, &taken);
        assert!(matches!(refused, Err(DirectoryError::EnterpriseProjectTaken)), "{taken:?}");
    }
    let long = "x".repeat(65);
    for name in ["", "Default", " web", "a\tb", &long] {
        let refused = directory.insert_enterprise_project(ACME, &new("other", name));
        assert!(matches!(refused, Err(DirectoryError::InvalidEnterpriseProject)), "{name:?}");
    }

    // What was looked up before is seen as it is after a change.
    assert!(directory.enterprise_project(ACME, "web").unwrap().unwrap().enabled);
    let off = EnterpriseProjectChange { enabled: Some(false), name: Some("Shop"), ..Default::default() };
    let changed = directory.change_enterprise_project(ACME, "web", off).unwrap().unwrap();
    assert_eq!((changed.name.as_str(), changed.enabled), ("Shop", false));
    assert_eq!(directory.enterprise_project(ACME, "web").unwrap(), Some(changed));
    assert!(directory.enterprise_project(BOLT, "web").unwrap().unwrap().enabled);
    assert_eq!(directory.change_enterprise_project(ACME, "none", off).unwrap(), None);

    for number in 1..ENTERPRISE_PROJECTS_LIMIT {
        directory
            .insert_enterprise_project(ACME, &new(&format!("p{number}"), &format!("P{number}")))
            .unwrap();
    }
    let refused = directory.insert_enterprise_project(ACME, &new("last", "Last"));
    assert!(matches!(refused, Err(DirectoryError::TooManyEnterpriseProjects)));
    assert_eq!(directory.enterprise_projects(ACME).unwrap().len(), ENTERPRISE_PROJECTS_LIMIT);
    assert_eq!(directory.enterprise_projects(BOLT).unwrap().len(), 1);
}

#[test]
fn files_of_others_and_of_later_versions_are_left_alone() {
    let Bench { directory, path, _dir } = bench();
    drop(directory);
    let later = rusqlite::Connection::open(&path).unwrap();
    later.pragma_update(None, "user_version", 1_000).unwrap();
    drop(later);
    assert!(matches!(Directory::open(&path), Err(DirectoryError::UnknownVersion(1_000))));

    let path = path.with_file_name("other.sqlite");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE accounts (whatever)").unwrap();
    drop(other);
    assert!(matches!(Directory::open(&path), Err(DirectoryError::NotADirectory(_))));

    let path = path.with_file_name("text");
    std::fs::write(&path, "not a database at all, ".repeat(100)).unwrap();
    assert!(matches!(Directory::open(&path), Err(DirectoryError::Sqlite(_))));
    let missing = path.with_file_name("missing").join("directory.sqlite");
    assert!(matches!(Directory::open(&missing), Err(DirectoryError::File { .. })));
}

#[test]
fn debug_shows_no_secret() {
    let Bench { directory, .. } = bench();
    create(&directory, ACME, "Acme", "acme").unwrap();
    directory.insert_token(&[1; 32], "user-acme", ScopeKind::Domain, None, 10, 20).unwrap();
    let user = format!("{:?}", directory.user_by_id("user-acme").unwrap().unwrap());
    let token = format!("{:?}", directory.token(&[1; 32]).unwrap().unwrap());
    let key = format!("{:?}", directory.access_key("AKacme").unwrap().unwrap());
    for text in [user, token, key] {
        assert!(text.contains("user-acme"), "{text}");
        assert!(!text.contains("argon2") && !text.contains("hush"), "{text}");
        assert!(!text.contains("192, 255, 238"), "{text}");
    }
}

#[test]
fn threads_share_it() {
    fn shared<T: Send + Sync>(_: &T) {}
    let Bench { directory, .. } = bench();
    shared(&directory);
    create(&directory, ACME, "Acme", "acme").unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4_u8 {
            let directory = &directory;
            scope.spawn(move || {
                for _ in 0..20 {
                    let hash = [thread; 32];
                    directory.insert_token(&hash, "user-acme", ScopeKind::Domain, None, 0, 1).unwrap();
                    assert!(directory.token(&hash).unwrap().is_some());
                    assert!(directory.delete_token(&hash).unwrap());
                    assert!(directory.token(&hash).unwrap().is_none());
                }
            });
        }
    });
}

#[test]
fn what_operators_did_is_told_newest_first_and_the_oldest_is_forgotten() {
    let Bench { directory, path, _dir } = bench();
    let action = |number: u64, account: Option<&str>| ActionRow {
        at_ms: i64::try_from(number).unwrap(),
        proof: "token".into(),
        proof_id: "0011223344556677".into(),
        address: Some("192.0.2.1".into()),
        method: "POST".into(),
        route: "/v1/admin/accounts/{name}/top-ups".into(),
        path: "/v1/admin/accounts/Acme/top-ups".into(),
        account: account.map(str::to_owned),
        status: 200,
        request_id: number.to_string(),
    };
    let asked = |account: Option<&str>, before, limit| {
        let query = ActionQuery { account: account.map(str::to_owned), before, limit };
        let rows = directory.actions(&query).unwrap();
        rows.into_iter().map(|(number, _)| number).collect::<Vec<_>>()
    };
    for number in 1..=6 {
        directory.insert_action(&action(number, Some("Acme").filter(|_| number % 2 == 0))).unwrap();
    }
    assert_eq!(asked(None, None, 3), [6, 5, 4]);
    assert_eq!(asked(None, Some(4), 9), [3, 2, 1]);
    assert_eq!(asked(Some("aCME"), None, 2), [6, 4]);
    assert_eq!(asked(Some("aCME"), Some(4), 9), [2]);
    assert_eq!(asked(Some("bolt"), None, 9), [0_u64; 0]);
    let query = ActionQuery { limit: 1, ..ActionQuery::default() };
    assert_eq!(directory.actions(&query).unwrap(), [(6, action(6, Some("Acme")))]);

    // As if very many had been kept: of those before the latest none is left.
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute("UPDATE actions SET number = ?1 WHERE number = 6", [ACTIONS_LIMIT as i64 + 3]).unwrap();
    directory.insert_action(&ActionRow { path: "é".repeat(400), ..action(7, None) }).unwrap();
    assert_eq!(asked(None, None, 9), [ACTIONS_LIMIT + 4, ACTIONS_LIMIT + 3, 5]);
    let kept = directory.actions(&query).unwrap().remove(0).1.path;
    assert_eq!(kept, "é".repeat(256), "what is too long is cut");
}
