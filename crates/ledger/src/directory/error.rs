//! Why the directory did not do what it was asked to.

use std::path::PathBuf;

use rusqlite::ErrorCode;

use super::{
    ACCOUNT_ID_LENGTH, ENTERPRISE_PROJECTS_LIMIT, GATEWAYS_LIMIT, MAX_ACCESS_KEYS,
    MAX_ENTERPRISE_PROJECT_GRANTS, MAX_GRANTS, MAX_GROUPS, MAX_GROUPS_OF_USER, MAX_MEMBERS, MAX_USERS,
    RECIPIENTS_LIMIT,
};
use crate::journal::OpenError;

/// What SQLite says of a transaction that was to be committed and was taken back.
const NOT_TAKEN: i32 = rusqlite::ffi::SQLITE_CONSTRAINT_COMMITHOOK;

/// Why the directory did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// Another account has the name, perhaps in other case.
    #[error("an account of this name exists already")]
    NameTaken,
    /// An account's or user's name breaks the rule for names.
    #[error(
        "a name is 1 to 64 letters (a to z), digits, dots, underscores or hyphens, begins with a letter or digit, and does not \
         look like an account's id ({ACCOUNT_ID_LENGTH} hexadecimal digits)"
    )]
    InvalidName,
    /// An id, access key or region is malformed.
    #[error(
        "an account id is 32 lower-case hexadecimal digits; other ids, access keys and regions are 1 to 64 visible \
         ASCII characters"
    )]
    InvalidId,
    /// An id, access key or token hash is in use already.
    #[error("an id, access key or token of this value exists already")]
    IdTaken,
    /// The user has as many access keys as a user may have.
    #[error("a user has at most {MAX_ACCESS_KEYS} access keys; delete one first")]
    TooManyKeys,
    /// The user may come by the console only, and a key is for programs.
    #[error("the user has no programmatic access, so there can be no access keys")]
    NoProgrammaticAccess,
    /// There is no such user.
    #[error("there is no such user")]
    UnknownUser,
    /// The account has a user of this name, perhaps in other case.
    #[error("a user of this name exists already")]
    UserTaken,
    /// The account may not have more users.
    #[error("an account has at most {MAX_USERS} users")]
    TooManyUsers,
    /// The account's own user cannot be renamed, disabled or deleted.
    #[error("the account's own user stays as it is")]
    OwnersOwn,
    /// The password that was proved is not the user's any more.
    #[error("the password was changed meanwhile")]
    PasswordChanged,
    /// There is no such group.
    #[error("there is no such group")]
    UnknownGroup,
    /// The account has a group of this name, perhaps in other case.
    #[error("a group of this name exists already")]
    GroupTaken,
    /// The account may not have more groups.
    #[error("an account has at most {MAX_GROUPS} groups")]
    TooManyGroups,
    /// The group or user may not be granted more.
    #[error(
        "a group or user has at most {MAX_GRANTS} permissions for projects, and {MAX_ENTERPRISE_PROJECT_GRANTS} for \
         enterprise projects"
    )]
    TooManyGrants,
    /// The user may not be in more groups.
    #[error("a user is in at most {MAX_GROUPS_OF_USER} groups")]
    TooManyGroupsOfUser,
    /// The group of administrators cannot be renamed or deleted.
    #[error("the group of administrators stays as it is")]
    AdministratorsOwn,
    /// The account cannot be a member: it is one, it has members, or it is the master itself.
    #[error("an account is a member of one account at most, and has no members of its own then")]
    NotAMember,
    /// The account may not have more members.
    #[error("an account has at most {MAX_MEMBERS} members")]
    TooManyMembers,
    /// The token that another one was to be given for has ended.
    #[error("there is no such token")]
    UnknownToken,
    /// There is no such enterprise project, or it is another account's.
    #[error("the account has no such enterprise project")]
    UnknownEnterpriseProject,
    /// A text is longer than it may be, or a number out of its bounds.
    #[error("a text is too long, or a number is out of its bounds")]
    OutOfBounds,
    /// There is no such project, or it is another account's.
    #[error("the user's account has no such project")]
    UnknownProject,
    /// A project's scope without a project, or a domain's with one.
    #[error("a token for a project names one, and a token for a domain names none")]
    ScopeMismatch,
    /// The account has a recipient of this channel and address already.
    #[error("the account has this recipient already")]
    RecipientTaken,
    /// The account may not have more recipients.
    #[error("an account has at most {RECIPIENTS_LIMIT} recipients")]
    TooManyRecipients,
    /// The account has an enterprise project of this id or name already.
    #[error("the account has an enterprise project of this id or name already")]
    EnterpriseProjectTaken,
    /// The account may not have more enterprise projects.
    #[error("an account has at most {ENTERPRISE_PROJECTS_LIMIT} enterprise projects")]
    TooManyEnterpriseProjects,
    /// An enterprise project's name or description breaks the rules for them.
    #[error(
        "an enterprise project's name is 1 to 64 characters, none of them a control character or a space at an end, \
         and not \"default\"; its description at most 512"
    )]
    InvalidEnterpriseProject,
    /// There is a gateway of this name already, perhaps in other case.
    #[error("a gateway of this name exists already")]
    GatewayTaken,
    /// There may not be more gateways.
    #[error("there are at most {GATEWAYS_LIMIT} gateways")]
    TooManyGateways,
    /// The file is a database of something else.
    #[error("{}: this is not a directory of accounts", .0.display())]
    NotADirectory(PathBuf),
    /// The file was written by a later version.
    #[error("the directory's file has version {0}, which this program does not know")]
    UnknownVersion(i64),
    /// The file could not be made, or kept from other users.
    #[error("{}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The database that has the file's truth refused something.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The file could not be read or written.
    #[error("the directory's file: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// Tells a value that is there already from other failures to insert a row.
pub(super) fn taken_or_failed(error: rusqlite::Error) -> DirectoryError {
    // A transaction that the database did not take counts as one that breaks a rule, but there is no other row.
    let is_refused =
        matches!(&error, rusqlite::Error::SqliteFailure(cause, _) if cause.extended_code == NOT_TAKEN);
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) if !is_refused => DirectoryError::IdTaken,
        _ => DirectoryError::Sqlite(error),
    }
}
