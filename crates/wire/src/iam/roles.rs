//! Permissions ("Permission Management"): which there are, and who has which where.

use schemars::JsonSchema;
use serde::Serialize;

use super::Links;

/// A body with one permission.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RoleBody {
    /// The permission.
    pub role: Role,
}

/// A list of permissions.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Roles {
    /// The permissions.
    pub roles: Vec<Role>,
    /// How many there are in all, where a page was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_number: Option<usize>,
    /// Links.
    pub links: Links,
}

/// A permission.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Role {
    /// Its id.
    pub id: String,
    /// Its name for programs.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    /// `XA`: shown for projects.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The service.
    pub catalog: String,
    /// What it allows, in English.
    pub description: String,
    /// The same in Chinese.
    pub description_cn: String,
    /// Always null: it is the system's, not an account's.
    pub domain_id: Option<String>,
    /// `fine_grained`: a policy of the system.
    pub flag: &'static str,
    /// What it allows, for programs.
    pub policy: Policy,
    /// Links.
    pub links: Links,
}

/// What a permission allows.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    /// `1.1`.
    pub version: &'static str,
    /// What is allowed.
    pub statement: Vec<Statement>,
}

/// What is allowed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    /// `Allow`.
    pub effect: &'static str,
    /// Which actions.
    pub action: Vec<String>,
}

/// `GET /v3.0/OS-PERMISSION/role-assignments`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RoleAssignments {
    /// How many there are in all.
    pub total_num: usize,
    /// Those of the page.
    pub role_assignments: Vec<RoleAssignment>,
}

/// Who has which permission where.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RoleAssignment {
    /// The permission.
    pub role: Id,
    /// Where.
    pub scope: RoleScope,
    /// The user it was granted to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Id>,
    /// The group it was granted to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<Id>,
    /// Whether it holds in all projects.
    pub is_inherited: bool,
}

/// Where a permission was granted.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct RoleScope {
    /// In the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<Id>,
    /// In a project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<Id>,
    /// In an enterprise project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enterprise_project: Option<Id>,
}

/// Something by its id.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Id {
    /// The id.
    pub id: String,
}

/// `GET /v3.0/OS-PERMISSION/enterprise-projects/{enterprise_project_id}/groups`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EnterpriseGroups {
    /// The groups with a permission there.
    pub groups: Vec<EnterpriseGroup>,
}

/// A group with a permission in an enterprise project.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnterpriseGroup {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its account.
    pub domain_id: String,
    /// What is said of it.
    pub description: String,
    /// Milliseconds since the epoch.
    pub create_time: i64,
}

/// `GET /v3.0/OS-PERMISSION/enterprise-projects/{enterprise_project_id}/users`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EnterpriseUsers {
    /// The users with a permission of their own there.
    pub users: Vec<EnterpriseUser>,
}

/// A user with a permission in an enterprise project.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EnterpriseUser {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its account.
    pub domain_id: String,
    /// Whether the user may sign in.
    pub enabled: bool,
    /// What is said of the user.
    pub description: String,
    /// How many permissions it has there.
    pub policy_num: usize,
    /// When the latest was granted, in milliseconds since the epoch.
    pub lastest_policy_time: i64,
}

/// The enterprise projects in which a group or user has permissions.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EnterpriseProjects {
    /// The enterprise projects.
    #[serde(rename = "enterprise-projects")]
    pub projects: Vec<EnterpriseProject>,
}

/// An enterprise project.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnterpriseProject {
    /// Its id.
    pub project_id: String,
}
