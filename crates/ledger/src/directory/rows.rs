//! What the directory takes and gives. No `Debug` shows a password's hash or a sealed secret.

use std::fmt;
use std::sync::{Arc, OnceLock};

use charging::{Name, Tier, Zone};
use rusqlite::Row;
use rusqlite::types::Type;

/// An account with its first user, that user's access key, and its projects.
pub struct NewAccount<'a> {
    /// 32 lower-case hexadecimal digits.
    pub account_id: &'a str,
    /// 1 to 64 of `A-Z a-z 0-9 . _ -`, the first a letter or digit; unique ignoring case.
    pub name: &'a str,
    /// The id of the first user.
    pub user_id: &'a str,
    /// As the account's name; unique in the account.
    pub user_name: &'a str,
    /// As the password hasher wrote it.
    pub password_hash: &'a str,
    /// The public half of the AK/SK pair.
    pub access_key: &'a str,
    /// The secret half, encrypted by the caller.
    pub sealed_secret: &'a [u8],
    /// Id and region of each project, one in each region.
    pub projects: &'a [(String, String)],
    /// How its books are to be opened.
    pub opening: &'a Opening,
    /// Milliseconds since the epoch.
    pub created_at_ms: i64,
}

/// How an account's books are to be opened. It is kept with the account, so that a crash before they are opened
/// does not change what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Customer tier.
    pub tier: Tier,
    /// Arrears policy.
    pub policy: Name,
    /// The zone hours, days and months are counted in.
    pub zone: Zone,
}

/// An account ("domain" in the token's words).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// 32 lower-case hexadecimal digits.
    pub account_id: String,
    /// As written when the account was created.
    pub name: String,
    /// Milliseconds since the epoch.
    pub created_at_ms: i64,
    /// How its books are to be opened; `None` for an account older than the record of it.
    pub opening: Option<Opening>,
    /// The account that pays for its calls, if it is a member of one.
    pub master_id: Option<String>,
}

/// A user of an account.
#[derive(Clone, PartialEq, Eq)]
pub struct UserRow {
    /// Unique among all users.
    pub user_id: String,
    /// Unique in the account.
    pub name: String,
    /// Whose user this is.
    pub account_id: String,
    /// That account's name.
    pub account_name: String,
    /// As the password hasher wrote it; not in `Debug`.
    pub password_hash: String,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// The account's own user, which cannot be taken away and may do everything.
    pub is_owner: bool,
    /// The owner, or somebody in the group of administrators.
    pub is_administrator: bool,
    /// From where the user may come.
    pub access: AccessMode,
    /// What the user was granted, directly or by a group.
    pub grants: Arc<[Grant]>,
    /// The account that pays for calls, if the user's account is a member of one.
    pub master_id: Option<String>,
}

/// From where a user may come ("Creating an IAM User": `access_mode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessMode {
    /// From programs and from the console.
    Default,
    /// From programs only.
    Programmatic,
    /// From the console only.
    Console,
}

impl AccessMode {
    /// The mode of this word, as published.
    pub fn parse(word: &str) -> Option<AccessMode> {
        [AccessMode::Default, AccessMode::Programmatic, AccessMode::Console]
            .into_iter()
            .find(|m| m.word() == word)
    }

    /// Its published word.
    pub fn word(self) -> &'static str {
        match self {
            AccessMode::Default => "default",
            AccessMode::Programmatic => "programmatic",
            AccessMode::Console => "console",
        }
    }
}

/// A role that was granted, and where it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The role's id; what it allows is the caller's business.
    pub role: String,
    /// Where.
    pub scope: Scope,
}

/// Where a grant holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Global services of the account of this id.
    Domain(String),
    /// The project of this id.
    Project(String),
    /// All projects of the account of this id, those to come too.
    AllProjects(String),
    /// The enterprise project of this id.
    EnterpriseProject(String),
}

impl Scope {
    pub(super) fn parts(&self) -> (&'static str, &str) {
        match self {
            Scope::Domain(id) => ("domain", id),
            Scope::Project(id) => ("project", id),
            Scope::AllProjects(id) => ("all_projects", id),
            Scope::EnterpriseProject(id) => ("enterprise_project", id),
        }
    }

    pub(super) fn of(kind: &str, id: &str) -> Option<Scope> {
        Some(match kind {
            "domain" => Scope::Domain(id.into()),
            "project" => Scope::Project(id.into()),
            "all_projects" => Scope::AllProjects(id.into()),
            "enterprise_project" => Scope::EnterpriseProject(id.into()),
            _ => return None,
        })
    }
}

impl fmt::Debug for UserRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserRow")
            .field("user_id", &self.user_id)
            .field("name", &self.name)
            .field("account_id", &self.account_id)
            .field("account_name", &self.account_name)
            .field("enabled", &self.enabled)
            .field("is_administrator", &self.is_administrator)
            .finish_non_exhaustive()
    }
}

/// An access key and its user.
pub struct AccessKeyRow {
    /// The public half of the AK/SK pair.
    pub access_key: String,
    /// The secret half, encrypted by the caller; not in `Debug`.
    pub sealed_secret: Vec<u8>,
    /// Who signs with it.
    pub user: Arc<UserRow>,
    /// Whether the key may be used.
    pub enabled: bool,
    /// The secret half, for as long as this row is remembered.
    opened_secret: OnceLock<Vec<u8>>,
}

impl AccessKeyRow {
    /// The secret half, which `open` opens the first time it is asked for; `None` if it cannot. Whoever changes or takes
    /// away the key has its row forgotten, and with it the secret.
    pub fn opened_secret(&self, open: impl FnOnce(&AccessKeyRow) -> Option<Vec<u8>>) -> Option<&[u8]> {
        if self.opened_secret.get().is_none() {
            let opened = open(self)?;
            let _ = self.opened_secret.set(opened);
        }
        self.opened_secret.get().map(Vec::as_slice)
    }
}

impl fmt::Debug for AccessKeyRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKeyRow")
            .field("access_key", &self.access_key)
            .field("user", &self.user)
            .field("enabled", &self.enabled)
            .finish_non_exhaustive()
    }
}

/// A project: an account's place in a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectRow {
    /// Unique among all projects.
    pub project_id: String,
    /// Whose project this is.
    pub account_id: String,
    /// The region it is in.
    pub region: String,
}

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeKind {
    /// One project.
    Project,
    /// The whole account.
    Domain,
}

/// A token, by its hash; the token itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// To whom it was issued.
    pub user: UserRow,
    /// What it is good for.
    pub scope: ScopeKind,
    /// The project, if that is the scope.
    pub project: Option<ProjectRow>,
    /// Milliseconds since the epoch.
    pub issued_at_ms: i64,
    /// Milliseconds since the epoch; the caller compares it with now.
    pub expires_at_ms: i64,
    /// It was given for another token, not for a password.
    pub by_token: bool,
}

/// The columns that [`user`] reads, first in a row, of `users u` and `accounts a`.
///
/// The grants come as one text, a grant a line, so that whoever reads a user reads all of it at one instant.
pub(super) const USER_COLUMNS: &str = "u.user_id, u.name, u.account_id, a.name, u.password_hash, u.enabled,
    u.is_owner, u.is_owner OR EXISTS (SELECT 1 FROM group_users m
        WHERE m.user_id = u.user_id AND m.group_id = u.account_id),
    u.access_mode,
    (SELECT group_concat(g.role || ' ' || g.scope || ' ' || g.scope_id, char(10)) FROM grants g
        WHERE g.user_id = u.user_id
        OR g.group_id IN (SELECT m.group_id FROM group_users m WHERE m.user_id = u.user_id)),
    a.master_id";
/// How many they are.
pub(super) const USER_WIDTH: usize = 11;

pub(super) fn user(row: &Row<'_>) -> rusqlite::Result<UserRow> {
    Ok(UserRow {
        user_id: row.get(0)?,
        name: row.get(1)?,
        account_id: row.get(2)?,
        account_name: row.get(3)?,
        password_hash: row.get(4)?,
        enabled: row.get(5)?,
        is_owner: row.get(6)?,
        is_administrator: row.get(7)?,
        access: AccessMode::parse(&row.get::<_, String>(8)?)
            .ok_or_else(|| malformed(8, "no access mode".into()))?,
        grants: grants(row.get::<_, Option<String>>(9)?.as_deref().unwrap_or_default())?,
        master_id: row.get(10)?,
    })
}

fn grants(text: &str) -> rusqlite::Result<Arc<[Grant]>> {
    let grant = |line: &str| {
        let mut parts = line.split(' ');
        let (role, kind, id) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Grant { role: role.into(), scope: Scope::of(kind, id)? })
    };
    text.lines().map(|line| grant(line).ok_or_else(|| malformed(9, "no grant".into()))).collect()
}

/// The columns that [`account`] reads.
pub(super) const ACCOUNT_COLUMNS: &str =
    "account_id, name, created_at_ms, tier, policy, zone_minutes, master_id";

pub(super) fn account(row: &Row<'_>) -> rusqlite::Result<AccountRow> {
    let opening = match row.get::<_, Option<String>>(3)? {
        None => None,
        Some(tier) => Some(Opening {
            tier: tier.parse().map_err(|problem: String| malformed(3, problem))?,
            policy: Name::new(&row.get::<_, String>(4)?)
                .map_err(|problem| malformed(4, problem.to_string()))?,
            zone: Zone::from_offset_minutes(row.get(5)?)
                .ok_or_else(|| malformed(5, "no offset of a zone".into()))?,
        }),
    };
    Ok(AccountRow {
        account_id: row.get(0)?,
        name: row.get(1)?,
        created_at_ms: row.get(2)?,
        opening,
        master_id: row.get(6)?,
    })
}

pub(super) fn malformed(column: usize, problem: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, problem.into())
}

pub(super) fn project(row: &Row<'_>) -> rusqlite::Result<ProjectRow> {
    Ok(ProjectRow { project_id: row.get(0)?, account_id: row.get(1)?, region: row.get(2)? })
}

pub(super) fn access_key(row: &Row<'_>) -> rusqlite::Result<AccessKeyRow> {
    Ok(AccessKeyRow {
        user: Arc::new(user(row)?),
        access_key: row.get(USER_WIDTH)?,
        sealed_secret: row.get(USER_WIDTH + 1)?,
        enabled: row.get(USER_WIDTH + 2)?,
        opened_secret: OnceLock::new(),
    })
}

pub(super) fn token(row: &Row<'_>) -> rusqlite::Result<TokenRow> {
    let project = match row.get::<_, Option<String>>(USER_WIDTH + 2)? {
        Some(project_id) => Some(ProjectRow {
            project_id,
            account_id: row.get(USER_WIDTH + 3)?,
            region: row.get(USER_WIDTH + 4)?,
        }),
        None => None,
    };
    Ok(TokenRow {
        user: user(row)?,
        scope: if project.is_some() { ScopeKind::Project } else { ScopeKind::Domain },
        project,
        issued_at_ms: row.get(USER_WIDTH)?,
        expires_at_ms: row.get(USER_WIDTH + 1)?,
        by_token: row.get(USER_WIDTH + 5)?,
    })
}
