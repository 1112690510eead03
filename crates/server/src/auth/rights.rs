//! What a user may do.
//!
//! Nobody may do anything that was not granted. The account's own user and those in the group `admin` are administrators
//! and may do everything; bills, money and users are theirs alone. Others may call OCR where they were granted `OCR
//! FullAccess`, by a group or themselves: in a project, in all projects, or in an enterprise project ("Permissions
//! Management": OCR is a project-level service, so a grant for global services opens none). `OCR ReadOnlyAccess` lets
//! them look at what is enabled, what is left and what was used, and call nothing. All of it is looked up at each call:
//! what is granted or taken back holds for the next one.

use axum::http::{HeaderMap, Method};
use ledger::directory::{DEFAULT_ENTERPRISE_PROJECT, Grant, Scope, UserRow};
use wire::error;
use wire::iam::{Links, Policy, Role, Statement};

use super::Caller;
use crate::http::error::Failure;

/// The policy with which everything of OCR is allowed.
pub const FULL_ACCESS: SystemPolicy = SystemPolicy {
    id: "5c1f0a6e2d9b4b0f8f2a7c3e91d46b58",
    name: "ocr_full_access",
    display_name: "OCR FullAccess",
    description: "All permissions of Optical Character Recognition (OCR).",
    description_cn: "文字识别服务所有权限。",
    actions: &["ocr:*:*"],
};

/// The policy with which OCR may be looked at.
pub const READ_ONLY: SystemPolicy = SystemPolicy {
    id: "a3e87d14c6524f70b1d95e02f8ac6c31",
    name: "ocr_read_only_access",
    display_name: "OCR ReadOnlyAccess",
    description: "Read-only permissions of Optical Character Recognition (OCR).",
    description_cn: "文字识别服务只读权限。",
    actions: &["ocr:*:get", "ocr:*:list"],
};

/// A policy that exists by itself and can be granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SystemPolicy {
    /// Its id, the same everywhere.
    pub id: &'static str,
    /// Its name for programs.
    pub name: &'static str,
    /// Its published name.
    pub display_name: &'static str,
    description: &'static str,
    description_cn: &'static str,
    actions: &'static [&'static str],
}

impl SystemPolicy {
    /// All of them.
    pub const ALL: [SystemPolicy; 2] = [FULL_ACCESS, READ_ONLY];

    /// The policy of this id.
    pub fn of(id: &str) -> Option<SystemPolicy> {
        SystemPolicy::ALL.into_iter().find(|policy| policy.id == id)
    }

    /// The policy in IAM's words.
    pub fn role(&self) -> Role {
        let action = self.actions.iter().map(|action| (*action).to_owned()).collect();
        Role {
            id: self.id.into(),
            name: self.name.into(),
            display_name: self.display_name.into(),
            kind: "XA",
            catalog: "OCR".into(),
            description: self.description.into(),
            description_cn: self.description_cn.into(),
            domain_id: None,
            flag: "fine_grained",
            policy: Policy { version: "1.1", statement: vec![Statement { effect: "Allow", action }] },
            links: Links::default(),
        }
    }
}

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Every user of the account; where it is about another user, the handler asks again.
    Anybody,
    /// Whoever was granted something of OCR, wherever.
    Reader,
    /// Whoever was granted `OCR FullAccess` where the call is for.
    OcrCall,
    /// Administrators.
    Administrator,
}

/// Who may use a route, by its method and its path as it is written in the routes. What is not named here is for
/// administrators.
pub fn need(method: &Method, route: &str) -> Need {
    if route.starts_with("/v2/{project_id}/ocr/") {
        return Need::OcrCall;
    }
    match (method.as_str(), route) {
        ("GET", "/v1/enterprise-projects" | "/v1/packages" | "/v1/subscriptions" | "/v1/usage") => {
            Need::Reader
        }
        ("GET" | "POST" | "DELETE", "/v3/auth/tokens")
        | ("GET", "/v3/projects" | "/v3/projects/{project_id}" | "/v3/auth/projects" | "/v3/auth/domains")
        | (
            _,
            "/v3.0/OS-CREDENTIAL/credentials"
            | "/v3.0/OS-CREDENTIAL/credentials/{access_key}"
            | "/v1/access-keys"
            | "/v1/access-keys/{access_key}",
        )
        | (
            "GET",
            "/v3/users/{user_id}"
            | "/v3/users/{user_id}/groups"
            | "/v3/users/{user_id}/projects"
            | "/v3.0/OS-USER/users/{user_id}",
        )
        | ("POST", "/v3/users/{user_id}/password")
        | ("PUT", "/v3.0/OS-USER/users/{user_id}/info")
        | ("GET", "/v1/catalog" | "/v1/membership")
        | ("DELETE", "/v1/session") => Need::Anybody,
        _ => Need::Administrator,
    }
}

impl Caller {
    /// Refuses what the user may not do. `path` and `headers` are the request's: they say where a call is for.
    ///
    /// # Errors
    /// ModelArts.4203, or CBC.0151 of the Billing Center.
    pub fn check(
        &self,
        method: &Method,
        route: &str,
        path: &str,
        headers: &HeaderMap,
    ) -> Result<(), Failure> {
        let user = &self.user;
        if user.master_id.is_some() && is_for_the_payer(method, route) {
            let cure = "The account is a member: its master buys, enables and pays.";
            return Err(Failure::no_permission(error::NO_PERMISSION, cure));
        }
        if user.is_administrator {
            return Ok(());
        }
        let may = match need(method, route) {
            Need::Anybody => true,
            Need::Reader => user.grants.iter().any(|grant| SystemPolicy::of(&grant.role).is_some()),
            Need::OcrCall => {
                let project = path.split('/').nth(2).unwrap_or_default();
                let enterprise = headers.get("enterprise-project-id").and_then(|id| id.to_str().ok());
                may_call(user, project, enterprise.map(str::trim).filter(|id| !id.is_empty()))
            }
            Need::Administrator => false,
        };
        if may {
            return Ok(());
        }
        let is_ours = route.starts_with("/v1/") || route.starts_with("/v2/{project_id}/");
        let code = if is_ours { error::NO_PERMISSION } else { error::BILLING_ACCESS };
        let cure = match need(method, route) {
            Need::OcrCall => {
                "An administrator of the account can grant OCR FullAccess on this project to a group the user is in."
            }
            Need::Reader => {
                "An administrator of the account can grant OCR ReadOnlyAccess to a group the user is in."
            }
            Need::Anybody | Need::Administrator => {
                "This is for the account's own user and for those in its group admin."
            }
        };
        Err(Failure::no_permission(code, cure))
    }
}

/// Whether a route buys, enables or pays: what only an account does that pays for its calls itself.
fn is_for_the_payer(method: &Method, route: &str) -> bool {
    let begins = [
        "/v1/packages",
        "/v1/subscriptions",
        "/v1/top-ups",
        "/v1/auto-top-up",
        "/v1/orders",
        "/v2/orders/",
        "/v3/orders/",
    ];
    let changes = matches!(*method, Method::POST | Method::PUT | Method::PATCH | Method::DELETE);
    changes && !route.ends_with("/query") && begins.iter().any(|begin| route.starts_with(begin))
}

/// Whether a user may call OCR in a project, for an enterprise project.
fn may_call(user: &UserRow, project_id: &str, enterprise_project: Option<&str>) -> bool {
    let enterprise_project = enterprise_project.unwrap_or(DEFAULT_ENTERPRISE_PROJECT);
    let covers = |grant: &Grant| match &grant.scope {
        Scope::Project(id) => id == project_id,
        Scope::AllProjects(_) => true,
        Scope::EnterpriseProject(id) => id == enterprise_project,
        Scope::Domain(_) => false,
    };
    user.grants.iter().any(|grant| grant.role == FULL_ACCESS.id && covers(grant))
}

/// Whether a user may use a project at all.
pub fn may_use(user: &UserRow, project_id: &str) -> bool {
    let covers = |grant: &Grant| match &grant.scope {
        Scope::Project(id) => id == project_id,
        Scope::AllProjects(_) | Scope::EnterpriseProject(_) => true,
        Scope::Domain(_) => false,
    };
    user.is_administrator || user.grants.iter().any(covers)
}

#[cfg(test)]
mod tests {
    use ledger::directory::AccessMode;

    use super::*;

    fn user(grants: &[(SystemPolicy, Scope)]) -> UserRow {
        let grant =
            |(role, scope): &(SystemPolicy, Scope)| Grant { role: role.id.into(), scope: scope.clone() };
        UserRow {
            user_id: "u".into(),
            name: "u".into(),
            account_id: "a".into(),
            account_name: "a".into(),
            password_hash: String::new(),
            enabled: true,
            is_owner: false,
            is_administrator: false,
            access: AccessMode::Default,
            grants: grants.iter().map(grant).collect(),
            master_id: None,
        }
    }

    #[test]
    fn a_call_needs_a_grant_that_covers_it() {
        let (project, elsewhere) = (|id: &str| Scope::Project(id.into()), Scope::Domain("a".into()));
        let all = Scope::AllProjects("a".into());
        for (grants, may) in [
            (vec![], [false, false, false]),
            (vec![(FULL_ACCESS, project("p"))], [true, false, true]),
            (vec![(READ_ONLY, project("p")), (READ_ONLY, all.clone())], [false, false, false]),
            (vec![(FULL_ACCESS, all)], [true, true, true]),
            (vec![(FULL_ACCESS, elsewhere)], [false, false, false]),
            (vec![(FULL_ACCESS, Scope::EnterpriseProject("e".into()))], [false, false, true]),
            (vec![(FULL_ACCESS, Scope::EnterpriseProject("0".into()))], [true, true, false]),
        ] {
            let user = user(&grants);
            let found = [("p", None), ("q", None), ("p", Some("e"))]
                .map(|(project, enterprise)| may_call(&user, project, enterprise));
            assert_eq!(found, may, "{grants:?}");
        }
    }

    #[test]
    fn what_is_not_named_is_for_administrators() {
        assert_eq!(need(&Method::GET, "/v1/bills"), Need::Administrator);
        assert_eq!(need(&Method::GET, "/v1/anything/new"), Need::Administrator);
        assert_eq!(need(&Method::POST, "/v1/packages"), Need::Administrator);
        assert_eq!(need(&Method::POST, "/v2/{project_id}/ocr/anything-new"), Need::OcrCall);
    }
}
