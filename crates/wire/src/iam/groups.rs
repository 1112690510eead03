//! Groups of users ("User Group Management").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Links;

/// A body with one group.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GroupBody {
    /// The group.
    pub group: Group,
}

/// `GET /v3/groups` and `GET /v3/users/{user_id}/groups`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Groups {
    /// The groups.
    pub groups: Vec<Group>,
    /// Links.
    pub links: Links,
}

/// A group.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Group {
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
    /// Links.
    pub links: Links,
}

/// `POST /v3/groups`: a group to be made.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct NewGroup {
    /// Unique in the account.
    pub name: Option<String>,
    /// The account.
    pub domain_id: Option<String>,
    /// What is said of it.
    pub description: Option<String>,
}

/// `PATCH /v3/groups/{group_id}`: what is to change.
pub type GroupChange = NewGroup;
