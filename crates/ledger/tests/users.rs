//! The directory: users of an account, their groups, what they were granted, and how they sign in.

use charging::{Name, Tier, Zone};
use ledger::directory::{
    AccessMode, DEFAULT_ENTERPRISE_PROJECT, Directory, DirectoryError, EnterpriseProjectRow, GrantRow,
    Grantee, LoginPolicy, MAX_ENTERPRISE_PROJECT_GRANTS, MAX_GRANTS, MAX_GROUPS, MAX_GROUPS_OF_USER,
    MAX_USERS, NewAccount, NewGroup, NewUser, Opening, Scope, ScopeKind, UserChange, UserRights,
};

const ACME: &str = "0123456789abcdef0123456789abcdef";
const BOLT: &str = "fedcba9876543210fedcba9876543210";

struct Bench {
    directory: Directory,
    _dir: tempfile::TempDir,
}

/// Two accounts, each with its own user.
fn bench() -> Bench {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let directory = Directory::open(&dir.path().join("directory.sqlite")).expect("a new directory");
    for (account_id, name) in [(ACME, "acme"), (BOLT, "bolt")] {
        let opening =
            Opening { tier: Tier::V0, policy: Name::new("intl").expect("a name"), zone: Zone::default() };
        let new = NewAccount {
            account_id,
            name,
            user_id: &format!("owner-{name}"),
            user_name: name,
            password_hash: "hash",
            access_key: &format!("AK{name}"),
            sealed_secret: &[1],
            projects: &[(format!("project-{name}"), "cn-north-4".into())],
            opening: &opening,
            created_at_ms: 1,
        };
        directory.create_account(&new).expect("a new account");
    }
    Bench { directory, _dir: dir }
}

fn new_user<'a>(account_id: &'a str, user_id: &'a str, name: &'a str) -> NewUser<'a> {
    NewUser {
        user_id,
        account_id,
        name,
        password_hash: Some("hash"),
        enabled: true,
        access: AccessMode::Default,
        reset_password: true,
        description: "",
        email: "",
        phone: ("", ""),
        created_at_ms: 2,
        system_ms: 3,
    }
}

#[test]
fn users_are_made_changed_and_deleted_in_their_account() {
    let Bench { directory, .. } = bench();
    directory.insert_user(&new_user(ACME, "ann", "Ann")).unwrap();
    let taken = directory.insert_user(&new_user(ACME, "ann2", "aNN"));
    assert!(matches!(taken, Err(DirectoryError::UserTaken)));
    directory.insert_user(&new_user(BOLT, "ann-of-bolt", "Ann")).unwrap();
    assert!(matches!(directory.insert_user(&new_user(ACME, "x", "a b")), Err(DirectoryError::InvalidName)));
    for wrong in [
        NewUser { email: "no address", ..new_user(ACME, "x", "x") },
        NewUser { phone: ("0086", ""), ..new_user(ACME, "x", "x") },
        NewUser { phone: ("0086", "12a"), ..new_user(ACME, "x", "x") },
        NewUser { description: "\n", ..new_user(ACME, "x", "x") },
    ] {
        assert!(matches!(directory.insert_user(&wrong), Err(DirectoryError::OutOfBounds)));
    }

    let ann = directory.user_of(ACME, "ann").unwrap().unwrap();
    assert!(!ann.user.is_owner && !ann.user.is_administrator && ann.reset_password);
    assert_eq!((ann.created_at_ms, ann.signed_in_at_ms), (Some(2), None));
    assert!(directory.user_of(BOLT, "ann").unwrap().is_none(), "another account's user is not there");
    let names: Vec<String> = directory.users_of(ACME).unwrap().into_iter().map(|row| row.user.name).collect();
    assert_eq!(names, ["acme", "Ann"]);

    let change = UserChange {
        name: Some("Anna"),
        access: Some(AccessMode::Console),
        email: Some("anna@example.com"),
        ..UserChange::default()
    };
    let foreign = directory.change_user(BOLT, "ann", &change);
    assert!(matches!(foreign, Err(DirectoryError::UnknownUser)));
    directory.change_user(ACME, "ann", &change).unwrap();
    let ann = directory.user_of(ACME, "ann").unwrap().unwrap();
    assert_eq!(
        (ann.user.name.as_str(), ann.user.access, ann.email.as_str()),
        ("Anna", AccessMode::Console, "anna@example.com")
    );
    directory.note_sign_in("ann", 77, 78).unwrap();
    assert_eq!(directory.user_of(ACME, "ann").unwrap().unwrap().signed_in_at_ms, Some(77));
    assert_eq!(directory.idle_since_ms("ann").unwrap(), Some(78));
    let let_in = UserChange { idle_since_ms: Some(79), ..UserChange::default() };
    directory.change_user(ACME, "ann", &let_in).unwrap();
    assert_eq!(directory.idle_since_ms("ann").unwrap(), Some(79));
    assert_eq!(
        directory.user_of(ACME, "ann").unwrap().unwrap().signed_in_at_ms,
        Some(77),
        "nobody signed in"
    );

    assert!(matches!(directory.delete_user(BOLT, "ann"), Err(DirectoryError::UnknownUser)));
    directory.delete_user(ACME, "ann").unwrap();
    assert!(directory.user_of(ACME, "ann").unwrap().is_none());
    assert!(directory.user_by_id("ann-of-bolt").unwrap().is_some());
}

#[test]
fn only_who_may_come_by_programs_is_given_a_key() {
    let Bench { directory, .. } = bench();
    directory.insert_user(&NewUser { access: AccessMode::Console, ..new_user(ACME, "ann", "ann") }).unwrap();
    let refused = directory.insert_access_key("ann", "AKann", &[1], "", 3);
    assert!(matches!(refused, Err(DirectoryError::NoProgrammaticAccess)));
    assert!(directory.access_keys_of("ann").unwrap().is_empty());
    for access in [AccessMode::Programmatic, AccessMode::Default] {
        let change = UserChange { access: Some(access), ..UserChange::default() };
        directory.change_user(ACME, "ann", &change).unwrap();
        directory.insert_access_key("ann", access.word(), &[1], "", 3).unwrap();
    }
    let nobody = directory.insert_access_key("nobody", "AKnobody", &[1], "", 3);
    assert!(matches!(nobody, Err(DirectoryError::UnknownUser)));
}

#[test]
fn the_accounts_own_user_stays_as_it_is() {
    let Bench { directory, .. } = bench();
    let owner = directory.owner_of(ACME).unwrap().unwrap();
    assert!(owner.is_owner && owner.is_administrator && owner.user_id == "owner-acme");
    for change in [
        UserChange { name: Some("other"), ..UserChange::default() },
        UserChange { enabled: Some(false), ..UserChange::default() },
        UserChange { access: Some(AccessMode::Console), ..UserChange::default() },
    ] {
        let refused = directory.change_user(ACME, "owner-acme", &change);
        assert!(matches!(refused, Err(DirectoryError::OwnersOwn)));
    }
    assert!(matches!(directory.delete_user(ACME, "owner-acme"), Err(DirectoryError::OwnersOwn)));
    let described = UserChange { description: Some("boss"), ..UserChange::default() };
    directory.change_user(ACME, "owner-acme", &described).unwrap();
    assert_eq!(directory.owner_of(ACME).unwrap().unwrap(), owner);
}

#[test]
fn what_was_proved_by_an_old_password_or_key_ends_with_it() {
    let Bench { directory, .. } = bench();
    directory.insert_user(&new_user(ACME, "ann", "Ann")).unwrap();
    let token = |number: u8| {
        directory.insert_token(&[number; 32], "ann", ScopeKind::Domain, None, 0, 1_000).unwrap();
        directory.insert_session(&[number; 32], Some("ann"), 0, 1_000).unwrap();
        assert!(directory.token(&[number; 32]).unwrap().is_some());
    };
    let is_over = |number: u8| {
        let token = directory.token(&[number; 32]).unwrap();
        let ended = directory.is_ended_token(&[number; 32]).unwrap();
        assert_eq!(token.is_none(), ended);
        ended
    };
    directory.insert_token(&[99; 32], "owner-acme", ScopeKind::Domain, None, 0, 1_000).unwrap();
    token(1);
    let described = UserChange { description: Some("text"), ..UserChange::default() };
    directory.change_user(ACME, "ann", &described).unwrap();
    assert!(!is_over(1), "a text changes nothing");
    let password = UserChange { password_hash: Some("other"), ..UserChange::default() };
    directory.change_user(ACME, "ann", &password).unwrap();
    assert!(is_over(1) && directory.session(&[1; 32]).unwrap().is_none());

    directory.insert_access_key("ann", "AK1", &[1], "", 0).unwrap();
    token(2);
    directory.change_access_key("ann", "AK1", None, Some("text")).unwrap();
    assert!(!is_over(2));
    directory.change_access_key("ann", "AK1", Some(false), None).unwrap();
    assert!(is_over(2) && directory.session(&[2; 32]).unwrap().is_some());
    token(3);
    directory.delete_access_key("ann", "AK1").unwrap();
    assert!(is_over(3));
    token(4);
    directory.insert_access_key("ann", "AK2", &[1], "", 0).unwrap();
    assert!(!is_over(4), "one more key changes nothing");
    let shut = UserChange { enabled: Some(false), ..UserChange::default() };
    directory.change_user(ACME, "ann", &shut).unwrap();
    assert!(is_over(4) && directory.session(&[4; 32]).unwrap().is_none());
    token(5);
    assert!(directory.access_key("AK2").unwrap().is_some());
    directory.delete_user(ACME, "ann").unwrap();
    assert!(is_over(5) && directory.session(&[5; 32]).unwrap().is_none());
    assert!(directory.access_key("AK2").unwrap().is_none());
    assert!(!is_over(99), "nobody else's");

    // They are forgotten when they would have expired.
    directory.purge_tokens(1_001).unwrap();
    assert!(!directory.is_ended_token(&[5; 32]).unwrap());
}

#[test]
fn grants_reach_users_at_once_and_go_with_their_groups() {
    let Bench { directory, .. } = bench();
    directory.insert_user(&new_user(ACME, "ann", "Ann")).unwrap();
    directory.insert_access_key("ann", "AK1", &[1], "", 0).unwrap();
    let group = NewGroup {
        group_id: "readers",
        account_id: ACME,
        name: "readers",
        description: "",
        created_at_ms: 5,
    };
    directory.insert_group(&group).unwrap();
    let taken = directory.insert_group(&NewGroup { group_id: "other", name: "Readers", ..group });
    assert!(matches!(taken, Err(DirectoryError::GroupTaken)));

    let scopes = |user: &str| {
        let found = directory.access_key("AK1").unwrap().unwrap().user.clone();
        assert_eq!(found.user_id, user);
        found.grants.iter().map(|grant| (grant.role.clone(), grant.scope.clone())).collect::<Vec<_>>()
    };
    assert!(scopes("ann").is_empty(), "nothing was granted");
    let (to_group, project) = (Grantee::Group("readers".into()), Scope::Project("project-acme".into()));
    directory.grant(ACME, &to_group, "role", &project, 6).unwrap();
    directory.grant(ACME, &to_group, "role", &project, 7).unwrap();
    assert!(scopes("ann").is_empty(), "not in the group");
    assert!(directory.set_group_user(ACME, "readers", "ann", true).unwrap());
    assert!(!directory.set_group_user(ACME, "readers", "ann", true).unwrap());
    assert_eq!(scopes("ann"), [("role".to_owned(), project.clone())]);
    let own = (Grantee::User("ann".into()), Scope::EnterpriseProject("e".into()));
    let absent = directory.grant(ACME, &own.0, "role", &own.1, 8);
    assert!(matches!(absent, Err(DirectoryError::UnknownEnterpriseProject)), "nobody has it");
    let project_of = |account: &str, id: &str| {
        let new = EnterpriseProjectRow {
            id: id.into(),
            name: id.into(),
            description: String::new(),
            enabled: true,
            created_at_ms: 0,
        };
        directory.insert_enterprise_project(account, &new).unwrap();
    };
    project_of(ACME, "e");
    project_of(BOLT, "b");
    directory.grant(ACME, &own.0, "role", &own.1, 8).unwrap();
    assert_eq!(scopes("ann").len(), 2);
    let row = |to: &Grantee, scope: &Scope, granted_at_ms| GrantRow {
        to: to.clone(),
        role: "role".into(),
        scope: scope.clone(),
        granted_at_ms,
    };
    assert_eq!(directory.grants_of(ACME).unwrap(), [row(&to_group, &project, 6), row(&own.0, &own.1, 8)]);
    assert!(directory.grants_of(BOLT).unwrap().is_empty());

    for (account, to, scope) in [
        (BOLT, &to_group, &project),
        (BOLT, &own.0, &own.1),
        (ACME, &Grantee::Group("nobody".into()), &project),
        (ACME, &to_group, &Scope::Project("project-bolt".into())),
        (ACME, &to_group, &Scope::AllProjects(BOLT.into())),
        (ACME, &to_group, &Scope::Domain(BOLT.into())),
        (ACME, &to_group, &Scope::EnterpriseProject("b".into())),
    ] {
        assert!(directory.grant(account, to, "role", scope, 9).is_err(), "{account} {to:?} {scope:?}");
    }
    let foreign = directory.set_group_user(ACME, "readers", "owner-bolt", true);
    assert!(matches!(foreign, Err(DirectoryError::UnknownUser)));

    let unnamed = Scope::EnterpriseProject(DEFAULT_ENTERPRISE_PROJECT.into());
    directory.grant(ACME, &own.0, "role", &unnamed, 9).unwrap();
    assert!(directory.revoke(ACME, &own.0, "role", &unnamed).unwrap());
    assert!(directory.revoke(ACME, &own.0, "role", &own.1).unwrap());
    assert!(!directory.revoke(ACME, &own.0, "role", &own.1).unwrap());
    assert_eq!(scopes("ann").len(), 1);
    directory.delete_group(ACME, "readers").unwrap();
    assert!(scopes("ann").is_empty() && directory.grants_of(ACME).unwrap().is_empty());
    assert!(directory.groups_of_user("ann").unwrap().is_empty());
}

#[test]
fn the_group_of_administrators_is_there_and_stays() {
    let Bench { directory, .. } = bench();
    directory.insert_user(&new_user(ACME, "ann", "Ann")).unwrap();
    let groups = directory.groups_of(ACME).unwrap();
    assert!(groups.len() == 1 && groups[0].name == "admin" && groups[0].is_of_administrators());
    assert!(matches!(directory.delete_group(ACME, ACME), Err(DirectoryError::AdministratorsOwn)));
    let renamed = directory.change_group(ACME, ACME, Some("users"), None);
    assert!(matches!(renamed, Err(DirectoryError::AdministratorsOwn)));
    let is_administrator = || directory.user_by_id("ann").unwrap().unwrap().is_administrator;
    assert!(!is_administrator());
    directory.set_group_user(ACME, ACME, "ann", true).unwrap();
    assert!(is_administrator());
    assert_eq!(directory.users_in_group(ACME).unwrap(), ["ann"]);
    directory.set_group_user(ACME, ACME, "ann", false).unwrap();
    assert!(!is_administrator());
}

#[test]
fn there_are_so_many_users_and_groups_and_no_more() {
    let Bench { directory, .. } = bench();
    for number in 1..MAX_USERS {
        let name = format!("u{number}");
        directory.insert_user(&new_user(ACME, &name, &name)).unwrap();
    }
    assert!(matches!(
        directory.insert_user(&new_user(ACME, "more", "more")),
        Err(DirectoryError::TooManyUsers)
    ));
    for number in 1..=MAX_GROUPS {
        let name = format!("g{number}");
        let made = directory.insert_group(&NewGroup {
            group_id: &name,
            account_id: ACME,
            name: &name,
            description: "",
            created_at_ms: 1,
        });
        assert_eq!(made.is_ok(), number < MAX_GROUPS, "{number}: {made:?}");
    }
}

#[test]
fn a_user_is_made_and_changed_with_all_rights_or_not_at_all() {
    let Bench { directory, .. } = bench();
    let rights = |roles| UserRights { administrator: Some(true), in_all_projects: roles, granted_at_ms: 4 };
    let bad =
        directory.insert_user_with(&new_user(ACME, "ann", "ann"), &rights(&[("full", true), ("", true)]));
    assert!(matches!(bad, Err(DirectoryError::InvalidId)));
    assert!(directory.user_of(ACME, "ann").unwrap().is_none(), "no user without rights is left");
    directory.insert_user_with(&new_user(ACME, "ann", "ann"), &rights(&[("full", true)])).unwrap();
    let before = directory.user_of(ACME, "ann").unwrap().unwrap();
    assert!(before.user.is_administrator);
    assert_eq!(directory.grants_of(ACME).unwrap()[0].scope, Scope::AllProjects(ACME.into()));

    directory.insert_session(&[9; 32], Some("ann"), 10, 100).unwrap();
    let change = UserChange { name: Some("Anna"), enabled: Some(false), ..UserChange::default() };
    let less = UserRights { administrator: Some(false), ..rights(&[("full", false), ("", true)]) };
    let bad = directory.change_user_with(ACME, "ann", &change, &less);
    assert!(matches!(bad, Err(DirectoryError::InvalidId)));
    assert_eq!(directory.user_of(ACME, "ann").unwrap().unwrap(), before, "nothing changed");
    assert_eq!(directory.grants_of(ACME).unwrap().len(), 1);
    assert!(directory.session(&[9; 32]).unwrap().is_some(), "nobody was signed out");
    let less = UserRights { in_all_projects: &[("full", false), ("read", true)], ..less };
    directory.change_user_with(ACME, "ann", &change, &less).unwrap();
    let after = directory.user_of(ACME, "ann").unwrap().unwrap().user;
    assert_eq!((after.name.as_str(), after.enabled, after.is_administrator), ("Anna", false, false));
    let roles: Vec<String> = directory.grants_of(ACME).unwrap().into_iter().map(|row| row.role).collect();
    assert_eq!(roles, ["read"]);
}

#[test]
fn there_are_so_many_grants_and_groups_of_a_user_and_no_more() {
    let Bench { directory, .. } = bench();
    directory.insert_user(&new_user(ACME, "ann", "ann")).unwrap();
    let to = Grantee::User("ann".into());
    let (domain, all) = (Scope::Domain(ACME.into()), Scope::AllProjects(ACME.into()));
    let enterprise = Scope::EnterpriseProject(DEFAULT_ENTERPRISE_PROJECT.into());
    let grant = |number: usize, scope: &Scope| directory.grant(ACME, &to, &format!("r{number}"), scope, 1);
    for number in 0..MAX_GRANTS {
        grant(number, if number % 2 == 0 { &domain } else { &all }).unwrap();
    }
    for scope in [&domain, &all] {
        assert!(matches!(grant(MAX_GRANTS, scope), Err(DirectoryError::TooManyGrants)));
    }
    grant(0, &domain).unwrap();
    for number in 0..MAX_ENTERPRISE_PROJECT_GRANTS {
        grant(number, &enterprise).unwrap();
    }
    let more = grant(MAX_ENTERPRISE_PROJECT_GRANTS, &enterprise);
    assert!(matches!(more, Err(DirectoryError::TooManyGrants)));
    let count = directory.grants_of(ACME).unwrap().len();
    assert_eq!(count, MAX_GRANTS + MAX_ENTERPRISE_PROJECT_GRANTS, "what was refused left nothing");
    assert!(directory.revoke(ACME, &to, "r0", &domain).unwrap());
    grant(MAX_GRANTS, &all).unwrap();
    directory.grant(ACME, &Grantee::Group(ACME.into()), "r0", &domain, 1).unwrap();

    for number in 0..MAX_GROUPS_OF_USER {
        let id = format!("g{number}");
        let group =
            NewGroup { group_id: &id, account_id: ACME, name: &id, description: "", created_at_ms: 1 };
        directory.insert_group(&group).unwrap();
        assert!(directory.set_group_user(ACME, &id, "ann", true).unwrap());
    }
    let more = directory.set_group_user(ACME, ACME, "ann", true);
    assert!(matches!(more, Err(DirectoryError::TooManyGroupsOfUser)));
    assert!(
        !directory.set_group_user(ACME, "g0", "ann", true).unwrap(),
        "one the user is in changes nothing"
    );
    assert!(directory.set_group_user(ACME, "g0", "ann", false).unwrap());
    assert!(directory.set_group_user(ACME, ACME, "ann", true).unwrap());
}

#[test]
fn a_login_policy_has_bounds() {
    let Bench { directory, .. } = bench();
    assert_eq!(directory.login_policy(ACME).unwrap(), LoginPolicy::default());
    let policy =
        LoginPolicy { failures: 3, session_minutes: 15, message: "hello".into(), ..LoginPolicy::default() };
    directory.set_login_policy(ACME, &policy).unwrap();
    let changed = LoginPolicy { idle_days: 240, ..policy };
    directory.set_login_policy(ACME, &changed).unwrap();
    assert_eq!(directory.login_policy(ACME).unwrap(), changed);
    assert_eq!(directory.login_policy(BOLT).unwrap(), LoginPolicy::default());
    let base = LoginPolicy::default;
    for wrong in [
        LoginPolicy { idle_days: 241, ..base() },
        LoginPolicy { failures: 2, ..base() },
        LoginPolicy { failures: 11, ..base() },
        LoginPolicy { lock_minutes: 14, ..base() },
        LoginPolicy { lock_minutes: 31, ..base() },
        LoginPolicy { window_minutes: 61, ..base() },
        LoginPolicy { session_minutes: 1_441, ..base() },
        LoginPolicy { message: "x".repeat(65), ..base() },
    ] {
        assert!(matches!(directory.set_login_policy(ACME, &wrong), Err(DirectoryError::OutOfBounds)));
    }
}

#[test]
fn a_password_that_was_changed_meanwhile_opens_and_changes_nothing() {
    let Bench { directory, .. } = bench();
    directory.insert_user(&new_user(ACME, "ann", "Ann")).unwrap();
    let ann = directory.user_of(ACME, "ann").unwrap().unwrap().user;
    assert!(directory.is_password_of("ann", &ann.password_hash).unwrap());
    let to = |hash: &'static str| UserChange {
        password_hash: Some(hash),
        proved_by: Some(&ann.password_hash),
        ..UserChange::default()
    };
    directory.change_user(ACME, "ann", &to("first")).unwrap();
    assert!(!directory.is_password_of("ann", &ann.password_hash).unwrap());
    let late = directory.change_user(ACME, "ann", &to("second"));
    assert!(matches!(late, Err(DirectoryError::PasswordChanged)));
    assert!(directory.is_password_of("ann", "first").unwrap());
    let shut = UserChange { enabled: Some(false), ..UserChange::default() };
    directory.change_user(ACME, "ann", &shut).unwrap();
    assert!(!directory.is_password_of("ann", "first").unwrap());
}
