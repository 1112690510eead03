//! Tokens: given for a password, valid for a day of business time, or for another token, valid as long as that.

use axum::http::StatusCode;
use charging::Timestamp;
use ledger::directory::{AccessMode, DirectoryError, ProjectRow, Scope, ScopeKind, TokenRow, UserRow};
use wire::iam::{CatalogService, NameOrId, Named, Token, TokenProject, TokenRequest, TokenUser};

use super::rights::SystemPolicy;
use super::{Auth, secrets};
use crate::http::error::IamFailure;

/// A token and what it says.
pub struct Issued {
    /// The token itself.
    pub token: String,
    /// What it is for.
    pub row: TokenRow,
}

impl Auth {
    /// Gives a token for a password or for another token. Hashes passwords: not for async threads.
    ///
    /// # Errors
    /// IAM's: a wrong name or password (the same answer for both), a locked user, a project that is not there.
    pub fn issue_token(
        &self,
        request: &TokenRequest,
        system_ms: i64,
        now: Timestamp,
        valid_ms: i64,
    ) -> Result<Issued, IamFailure> {
        let identity = &request.auth.identity;
        let is_by = |method: &str| identity.methods.iter().any(|m| m == method);
        let (user, expires_at_ms, parent) = match (&identity.password, &identity.token) {
            (Some(password), _) if is_by("password") => {
                (self.checked_user(&password.user, system_ms, now)?, now.plus_ms(valid_ms).ms(), None)
            }
            (_, Some(proof)) if is_by("token") => {
                // A token that is given for another ends with it.
                let row = self.living_token(&proof.id, now)?;
                (row.user, row.expires_at_ms, Some(proof))
            }
            _ => return Err(IamFailure::body()),
        };
        if user.access == AccessMode::Console {
            return Err(IamFailure::console_only());
        }
        let wanted = request.auth.scope.as_ref().and_then(|scope| scope.project.as_ref());
        let project = match wanted {
            Some(wanted) => Some(self.project_of(&user, wanted)?),
            None => None,
        };
        let scope = if project.is_some() { ScopeKind::Project } else { ScopeKind::Domain };
        let token = self.shard.new_token();
        let (issued_at_ms, project_id) = (now.ms(), project.as_ref().map(|p| p.project_id.as_str()));
        let (hash, directory) = (secrets::token_hash(&token), &self.directory);
        let by_token = parent.is_some();
        match parent {
            Some(proof) => {
                let parent = secrets::token_hash(&proof.id);
                let inserted = directory.insert_token_of_token(
                    &hash,
                    &parent,
                    &user.user_id,
                    project_id,
                    issued_at_ms,
                    expires_at_ms,
                );
                // It may have ended meanwhile; from now on this one ends with it.
                inserted.map_err(|problem| match problem {
                    DirectoryError::UnknownToken => requires_authentication(),
                    problem => IamFailure::internal(problem),
                })?;
            }
            None => {
                let user_id = &user.user_id;
                let inserted =
                    directory.insert_token(&hash, user_id, scope, project_id, issued_at_ms, expires_at_ms);
                inserted.map_err(IamFailure::internal)?;
                // The password may have been changed while it was checked, and with it everything there was at that time.
                if let Err(over) = self.still_opens(&user) {
                    directory.delete_token(&hash).map_err(IamFailure::internal)?;
                    return Err(over.into());
                }
            }
        }
        let row = TokenRow { user, scope, project, issued_at_ms, expires_at_ms, by_token };
        Ok(Issued { token, row })
    }

    /// A token that is still valid: of one's own, or, for an administrator, of any of the account.
    ///
    /// # Errors
    /// 404 for a token that is not, or belongs to somebody else.
    pub fn valid_token(&self, token: &str, asking: &UserRow, now: Timestamp) -> Result<TokenRow, IamFailure> {
        let row = self.directory.token(&secrets::token_hash(token)).map_err(IamFailure::internal)?;
        let is_theirs = |user: &UserRow| {
            user.account_id == asking.account_id
                && (asking.is_administrator || user.user_id == asking.user_id)
        };
        let row = row.filter(|row| row.expires_at_ms > now.ms() && is_theirs(&row.user));
        row.ok_or_else(|| IamFailure::new(StatusCode::NOT_FOUND, "The token is not valid."))
    }

    /// Ends such a token at once.
    ///
    /// # Errors
    /// 404 for one that is not valid, or somebody else's.
    pub fn delete_token(&self, token: &str, asking: &UserRow, now: Timestamp) -> Result<(), IamFailure> {
        self.valid_token(token, asking, now)?;
        self.directory.delete_token(&secrets::token_hash(token)).map_err(IamFailure::internal)?;
        Ok(())
    }

    /// A token that opens something.
    fn living_token(&self, token: &str, now: Timestamp) -> Result<TokenRow, IamFailure> {
        let row = self.directory.token(&secrets::token_hash(token)).map_err(IamFailure::internal)?;
        let row = row.filter(|row| row.expires_at_ms > now.ms() && row.user.enabled);
        row.ok_or_else(requires_authentication)
    }

    fn checked_user(
        &self,
        given: &wire::iam::User,
        system_ms: i64,
        now: Timestamp,
    ) -> Result<UserRow, IamFailure> {
        let account = match (&given.domain.name, &given.domain.id) {
            (Some(name), _) => name.clone(),
            (None, Some(id)) => {
                let found = self.directory.account_by_id(id).map_err(IamFailure::internal)?;
                // No name has a colon.
                found.map_or_else(|| format!("id:{id}"), |account| account.name)
            }
            (None, None) => {
                return Err(IamFailure::required("domain"));
            }
        };
        let user = self.directory.user(&account, &given.name).map_err(IamFailure::internal)?;
        Ok(self.checked_password((&account, &given.name), user, &given.password, (system_ms, now))?)
    }

    fn project_of(&self, user: &UserRow, wanted: &NameOrId) -> Result<ProjectRow, IamFailure> {
        let projects = self.directory.projects(&user.account_id).map_err(IamFailure::internal)?;
        let is_wanted = |project: &ProjectRow| match (&wanted.id, &wanted.name) {
            (Some(id), _) => &project.project_id == id,
            (None, Some(name)) => &project.region == name,
            (None, None) => false,
        };
        projects
            .into_iter()
            .find(is_wanted)
            .ok_or_else(|| IamFailure::new(StatusCode::NOT_FOUND, "Could not find project."))
    }
}

fn requires_authentication() -> IamFailure {
    let message = "The request you have made requires authentication.";
    IamFailure::new(StatusCode::UNAUTHORIZED, message)
}

/// What a token says, beside where the services are that it opens.
pub fn content(row: &TokenRow, catalog: Vec<CatalogService>) -> Token {
    let domain = || Named { id: row.user.account_id.clone(), name: row.user.account_name.clone() };
    let project = row.project.as_ref().map(|project| TokenProject {
        id: project.project_id.clone(),
        name: project.region.clone(),
        domain: domain(),
    });
    // Keystone's form has microseconds; ours are always zero.
    let instant = |ms| Timestamp::from_ms(ms).to_string().replace('Z', ".000000Z");
    Token {
        catalog,
        expires_at: instant(row.expires_at_ms),
        issued_at: instant(row.issued_at_ms),
        methods: vec![if row.by_token { "token" } else { "password" }.into()],
        domain: project.is_none().then(domain),
        project,
        roles: roles(row),
        user: TokenUser {
            id: row.user.user_id.clone(),
            name: row.user.name.clone(),
            password_expires_at: String::new(),
            domain: domain(),
        },
    }
}

/// What the user was granted where the token is for, by name. Services ask again at each call.
fn roles(row: &TokenRow) -> Vec<Named> {
    let named = |name: &str| Named { id: "0".into(), name: name.into() };
    if row.user.is_administrator {
        return vec![named("te_admin")];
    }
    let holds = |scope: &Scope| match (scope, &row.project) {
        (Scope::Domain(_), None) | (Scope::AllProjects(_), Some(_)) => true,
        (Scope::Project(id), Some(project)) => *id == project.project_id,
        _ => false,
    };
    let held = |policy: &SystemPolicy| row.user.grants.iter().any(|g| g.role == policy.id && holds(&g.scope));
    SystemPolicy::ALL.iter().filter(|policy| held(policy)).map(|policy| named(policy.name)).collect()
}
