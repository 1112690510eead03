//! IAM shapes: tokens, projects, domains ("Obtaining a User Token Through Password Authentication"), keys, users, groups,
//! permissions and the login policy, each with the fields of its page.

mod groups;
mod login_policy;
mod roles;
mod users;

pub use groups::{Group, GroupBody, GroupChange, Groups, NewGroup};
pub use login_policy::{LoginPolicy, LoginPolicyBody, LoginPolicyChange};
pub use roles::{
    EnterpriseGroup, EnterpriseGroups, EnterpriseProject, EnterpriseProjects, EnterpriseUser,
    EnterpriseUsers, Id, Policy, Role, RoleAssignment, RoleAssignments, RoleBody, RoleScope, Roles,
    Statement,
};
pub use users::{
    AccountUser, Contact, ListedUser, ListedUsers, NewUser, PasswordChange, UserBody, UserChange,
    UserWithMode,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::object;

/// `POST /v3/auth/tokens`.
#[derive(Deserialize, JsonSchema)]
pub struct TokenRequest {
    /// Who asks for what.
    #[serde(deserialize_with = "object::field")]
    pub auth: Auth,
}

/// Who asks for what.
#[derive(Deserialize, JsonSchema)]
pub struct Auth {
    /// Who.
    #[serde(deserialize_with = "object::field")]
    pub identity: Identity,
    /// For what; everything, if absent.
    #[serde(default, deserialize_with = "object::optional")]
    pub scope: Option<Scope>,
}

/// Who.
#[derive(Deserialize, JsonSchema)]
pub struct Identity {
    /// How it is proved: `password` or `token`.
    pub methods: Vec<String>,
    /// The proof by a password.
    #[serde(default, deserialize_with = "object::optional")]
    pub password: Option<Password>,
    /// The proof by another token.
    #[serde(default, deserialize_with = "object::optional")]
    pub token: Option<TokenProof>,
}

/// Another token. No `Debug`: it opens doors.
#[derive(Deserialize, JsonSchema)]
pub struct TokenProof {
    /// The token.
    pub id: String,
}

/// The proof.
#[derive(Deserialize, JsonSchema)]
pub struct Password {
    /// The user.
    #[serde(deserialize_with = "object::field")]
    pub user: User,
}

/// The user. No `Debug`: it holds a password.
#[derive(Deserialize, JsonSchema)]
pub struct User {
    /// Name of the IAM user.
    pub name: String,
    /// The password.
    pub password: String,
    /// The account.
    #[serde(deserialize_with = "object::field")]
    pub domain: NameOrId,
}

/// For what.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Scope {
    /// One project.
    #[serde(default, deserialize_with = "object::optional")]
    pub project: Option<NameOrId>,
    /// The whole account.
    #[serde(default, deserialize_with = "object::optional")]
    pub domain: Option<NameOrId>,
}

/// A thing by name or id.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct NameOrId {
    /// The name.
    pub name: Option<String>,
    /// The id.
    pub id: Option<String>,
}

/// The body that goes with a token.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TokenResponse {
    /// The token's content (the token itself is in `X-Subject-Token`).
    pub token: Token,
}

/// A token's content.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Token {
    /// The services that have endpoints of their own here.
    pub catalog: Vec<CatalogService>,
    /// When it ends, `2026-11-24T04:46:14.000000Z`.
    pub expires_at: String,
    /// When it was given.
    pub issued_at: String,
    /// How it was proved.
    pub methods: Vec<String>,
    /// The project, for a project scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<TokenProject>,
    /// The account, for a domain scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<Named>,
    /// Roles.
    pub roles: Vec<Named>,
    /// The user.
    pub user: TokenUser,
}

/// A service within a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CatalogService {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: &'static str,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Where it is.
    pub endpoints: Vec<CatalogEndpoint>,
}

/// Where a service is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CatalogEndpoint {
    /// Its id.
    pub id: String,
    /// Always `public`.
    pub interface: &'static str,
    /// The region; `*` for a service that is in all of them.
    pub region: String,
    /// The same.
    pub region_id: String,
    /// Its address.
    pub url: String,
}

/// A project within a token.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TokenProject {
    /// Its id.
    pub id: String,
    /// Its name: the region.
    pub name: String,
    /// Its account.
    pub domain: Named,
}

/// A user within a token.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TokenUser {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Always empty: passwords do not expire.
    pub password_expires_at: String,
    /// Its account.
    pub domain: Named,
}

/// A thing with a name.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// `GET /v3/projects`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Projects {
    /// The projects.
    pub projects: Vec<Project>,
    /// Links.
    pub links: Links,
}

/// A project.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Project {
    /// Its id.
    pub id: String,
    /// Its name: the region.
    pub name: String,
    /// Its account.
    pub domain_id: String,
    /// What it hangs under: the account.
    pub parent_id: String,
    /// Whether its region serves anything.
    pub enabled: bool,
    /// Always false.
    pub is_domain: bool,
    /// Empty.
    pub description: String,
    /// Links.
    pub links: Links,
}

/// `GET /v3/projects/{project_id}`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProjectBody {
    /// The project.
    pub project: Project,
}

/// `GET /v3/auth/domains`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Domains {
    /// The caller's account.
    pub domains: Vec<Domain>,
    /// Links.
    pub links: Links,
}

/// An account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Domain {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Always true.
    pub enabled: bool,
    /// Empty.
    pub description: String,
    /// Links.
    pub links: Links,
}

/// `GET /v3.0/OS-CREDENTIAL/credentials`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Credentials {
    /// The user's keys.
    pub credentials: Vec<Credential>,
}

/// One key, as an answer holds it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CredentialBody {
    /// The key.
    pub credential: Credential,
}

/// A key for signing.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Credential {
    /// The access key.
    pub access: String,
    /// The secret, in the answer that makes it and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Whose.
    pub user_id: String,
    /// `active` or `inactive`.
    pub status: &'static str,
    /// When it was made; empty where that was not kept.
    pub create_time: String,
    /// What its owner says of it.
    pub description: String,
}

/// `POST /v3.0/OS-CREDENTIAL/credentials`: a key to be made.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct NewCredential {
    /// For whom; the caller, if absent.
    pub user_id: Option<String>,
    /// What is said of it.
    pub description: Option<String>,
}

/// `PUT /v3.0/OS-CREDENTIAL/credentials/{access_key}`: what is to change.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct OfCredential {
    /// `active` or `inactive`.
    pub status: Option<String>,
    /// What is said of it.
    pub description: Option<String>,
}

/// Links of a list.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Links {
    /// The list itself.
    #[serde(rename = "self")]
    pub itself: String,
}
