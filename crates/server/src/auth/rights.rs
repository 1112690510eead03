//! What a user may do.
//!
//! Nobody may do anything that was not granted. The account's own user and those in the group `admin` are administrators
//! and may do everything; bills, money and users are theirs alone. Others may call OCR where they were granted `OCR
//! FullAccess`, by a group or themselves: in a project, in all projects, or in an enterprise project ("Permissions
//! Management": OCR is a project-level service, so a grant for global services opens none). `OCR ReadOnlyAccess` lets
//! them look at what is enabled, what is left and what was used, and call nothing. All of it is looked up at each call:
//! what is granted or taken back holds for the next one.

use axum::http::HeaderMap;
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

const FOR_THE_PAYER: &str = "The account is a member: its master buys, enables and pays.";

/// Who may use a route: said where the route is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Whoever asks: there need be no caller.
    Nobody,
    /// Every user of the account; where it is about another user, the handler asks again.
    Anybody,
    /// Whoever was granted something of OCR, wherever.
    Reader,
    /// Whoever was granted `OCR FullAccess` where the call is for.
    OcrCall,
    /// Administrators.
    Administrator,
    /// Administrators of an account that pays for its calls itself: what buys, enables or pays. A member's master does
    /// that; what a member has from before it may end.
    Payer,
    /// The operator's own programs, which are no callers.
    Gateway,
    /// The operator alone, who is no caller.
    Operator,
}

impl Caller {
    /// Refuses what the user may not do. `path` and `headers` are the request's: they say where a call is for.
    ///
    /// # Errors
    /// ModelArts.4203, or CBC.0151 of the Billing Center.
    pub fn check(&self, need: Need, route: &str, path: &str, headers: &HeaderMap) -> Result<(), Failure> {
        let user = &self.user;
        let is_ours = route.starts_with("/v1/") || route.starts_with("/v2/{project_id}/");
        let code = if is_ours { error::NO_PERMISSION } else { error::BILLING_ACCESS };
        if need == Need::Payer && user.master_id.is_some() {
            return Err(Failure::no_permission(code, FOR_THE_PAYER));
        }
        let may = match need {
            Need::Operator | Need::Gateway => false,
            Need::Nobody | Need::Anybody => true,
            _ if user.is_administrator => true,
            Need::Reader => user.grants.iter().any(|grant| SystemPolicy::of(&grant.role).is_some()),
            Need::OcrCall => {
                let project = path.split('/').nth(2).unwrap_or_default();
                let enterprise = headers.get("enterprise-project-id").and_then(|id| id.to_str().ok());
                may_call(user, project, enterprise.map(str::trim).filter(|id| !id.is_empty()))
            }
            Need::Administrator | Need::Payer => false,
        };
        if may {
            return Ok(());
        }
        let cure = match need {
            Need::OcrCall => {
                "An administrator of the account can grant OCR FullAccess on this project to a group the user is in."
            }
            Need::Reader => {
                "An administrator of the account can grant OCR ReadOnlyAccess to a group the user is in."
            }
            _ => "This is for the account's own user and for those in its group admin.",
        };
        Err(Failure::no_permission(code, cure))
    }
}

/// What a member is told under `/v1` that wants to begin what its master pays for.
pub fn for_the_payer() -> Failure {
    Failure::no_permission(error::NO_PERMISSION, FOR_THE_PAYER)
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
}
