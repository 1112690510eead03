//! Tokens: given for a password, valid for a day of business time.

use axum::http::StatusCode;
use charging::Timestamp;
use ledger::directory::{ProjectRow, ScopeKind, TokenRow, UserRow};
use wire::iam::{NameOrId, Named, Token, TokenProject, TokenRequest, TokenUser};

use super::{Auth, secrets};
use crate::http::error::IamFailure;

/// A token and what it says.
pub struct Issued {
    /// The token itself.
    pub token: String,
    /// Its content.
    pub content: Token,
}

impl Auth {
    /// Gives a token for a password. Hashes passwords: not for async threads.
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
        let password = request.auth.identity.password.as_ref();
        let password = password.filter(|_| request.auth.identity.methods.iter().any(|m| m == "password"));
        let Some(password) = password else {
            return Err(IamFailure::new(StatusCode::BAD_REQUEST, "Request body is invalid."));
        };
        let user = self.checked_user(&password.user, system_ms)?;
        let wanted = request.auth.scope.as_ref().and_then(|scope| scope.project.as_ref());
        let project = match wanted {
            Some(wanted) => Some(self.project_of(&user, wanted)?),
            None => None,
        };
        let scope = if project.is_some() { ScopeKind::Project } else { ScopeKind::Domain };
        let token = secrets::new_token();
        let expires_at_ms = now.plus_ms(valid_ms).ms();
        let project_id = project.as_ref().map(|p| p.project_id.as_str());
        let hash = secrets::token_hash(&token);
        let inserted =
            self.directory.insert_token(&hash, &user.user_id, scope, project_id, now.ms(), expires_at_ms);
        inserted.map_err(IamFailure::internal)?;
        let row = TokenRow { user, scope, project, issued_at_ms: now.ms(), expires_at_ms };
        Ok(Issued { token, content: content(&row) })
    }

    /// The content of a token that is still valid.
    ///
    /// # Errors
    /// 404 for a token that is not, or belongs to another account.
    pub fn token_content(&self, token: &str, account_id: &str, now: Timestamp) -> Result<Token, IamFailure> {
        let row = self.directory.token(&secrets::token_hash(token)).map_err(IamFailure::internal)?;
        let row = row.filter(|row| row.expires_at_ms > now.ms() && row.user.account_id == account_id);
        row.map(|row| content(&row))
            .ok_or_else(|| IamFailure::new(StatusCode::NOT_FOUND, "The token is not valid."))
    }

    /// Ends a token of the account at once.
    ///
    /// # Errors
    /// 404 for one that is not valid, or another account's.
    pub fn delete_token(&self, token: &str, account_id: &str, now: Timestamp) -> Result<(), IamFailure> {
        self.token_content(token, account_id, now)?;
        self.directory.delete_token(&secrets::token_hash(token)).map_err(IamFailure::internal)?;
        Ok(())
    }

    fn checked_user(&self, given: &wire::iam::User, system_ms: i64) -> Result<UserRow, IamFailure> {
        let account = match (&given.domain.name, &given.domain.id) {
            (Some(name), _) => name.clone(),
            (None, Some(id)) => {
                let found = self.directory.account_by_id(id).map_err(IamFailure::internal)?;
                // No name has a colon.
                found.map_or_else(|| format!("id:{id}"), |account| account.name)
            }
            (None, None) => {
                return Err(IamFailure::new(StatusCode::BAD_REQUEST, "'domain' is a required property."));
            }
        };
        let user = self.directory.user(&account, &given.name).map_err(IamFailure::internal)?;
        self.checked_password((&account, &given.name), user, &given.password, system_ms)
            .map_err(|wrong| IamFailure::new(StatusCode::UNAUTHORIZED, wrong.to_string()))
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

fn content(row: &TokenRow) -> Token {
    let domain = || Named { id: row.user.account_id.clone(), name: row.user.account_name.clone() };
    let project = row.project.as_ref().map(|project| TokenProject {
        id: project.project_id.clone(),
        name: project.region.clone(),
        domain: domain(),
    });
    // Keystone's form has microseconds; ours are always zero.
    let instant = |ms| Timestamp::from_ms(ms).to_string().replace('Z', ".000000Z");
    Token {
        catalog: Vec::new(),
        expires_at: instant(row.expires_at_ms),
        issued_at: instant(row.issued_at_ms),
        methods: vec!["password".into()],
        domain: project.is_none().then(domain),
        project,
        roles: vec![Named { id: "0".into(), name: "te_admin".into() }],
        user: TokenUser {
            id: row.user.user_id.clone(),
            name: row.user.name.clone(),
            password_expires_at: String::new(),
            domain: domain(),
        },
    }
}
