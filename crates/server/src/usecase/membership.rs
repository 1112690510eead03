//! Memberships, which stand in two places: in the directory, by which calls find who pays, and in the master's books,
//! which have the quota. Whoever changes one does it alone, in an order that lets no call through without its quota: the
//! books know a member before the directory does, and forget it after.

use std::collections::BTreeSet;

use charging::{AccountId, MemberQuota, Name};
use ledger::directory::{AccountRow, DirectoryError};
use wire::error;

use crate::app::{App, OpenError};
use crate::http::error::Failure;

/// Makes an account a member, or changes its quota if it is one.
///
/// # Errors
/// It cannot be one; or the books' and the directory's.
pub async fn add(app: &App, master: AccountId, row: &AccountRow, quota: MemberQuota) -> Result<(), Failure> {
    let _alone = app.memberships.lock().await;
    let master_id = master.to_string();
    app.auth.directory.check_member(&master_id, &row.account_id).map_err(refused)?;
    app.engine.set_member(master, &id_of(row)?, quota, app.clock.now())?.await??;
    app.auth.directory.link_member(&master_id, &row.account_id).map_err(refused)?;
    Ok(())
}

/// Changes the quota of a member. Answers whether it is one.
///
/// # Errors
/// The books' and the directory's.
pub async fn set(app: &App, master: AccountId, name: &str, quota: MemberQuota) -> Result<bool, Failure> {
    let _alone = app.memberships.lock().await;
    let Some(row) = find(app, master, name)? else { return Ok(false) };
    app.engine.set_member(master, &id_of(&row)?, quota, app.clock.now())?.await??;
    Ok(true)
}

/// Ends a membership. Answers whether there was one.
///
/// # Errors
/// The books' and the directory's.
pub async fn remove(app: &App, master: AccountId, name: &str) -> Result<bool, Failure> {
    let _alone = app.memberships.lock().await;
    let Some(row) = find(app, master, name)? else { return Ok(false) };
    app.auth.directory.unlink_member(&master.to_string(), &row.account_id)?;
    app.engine.remove_member(master, &id_of(&row)?, app.clock.now())?.await??;
    Ok(true)
}

/// What a member's calls name as their enterprise project: its account's id.
///
/// # Errors
/// A directory that makes no sense.
pub fn id_of(row: &AccountRow) -> Result<Name, Failure> {
    Name::new(&row.account_id).map_err(|_| Failure::of(error::BACKEND_UNAVAILABLE))
}

fn refused(problem: DirectoryError) -> Failure {
    let (reason, cure) = match problem {
        DirectoryError::NotAMember => (
            "not_a_member",
            "Choose an account that is neither this one, nor a member, nor a master; or end its membership first.",
        ),
        DirectoryError::TooManyMembers => {
            ("too_many_members", "End a membership that is not needed any more.")
        }
        problem => return problem.into(),
    };
    Failure::of(error::INVALID_PARAMETER).because(problem).with_cure(reason, cure)
}

/// A member by its name. An account that is no member of this one is as if it were not there.
fn find(app: &App, master: AccountId, name: &str) -> Result<Option<AccountRow>, Failure> {
    let found = app.auth.directory.account_by_name(name)?;
    Ok(found.filter(|row| row.master_id.as_deref() == Some(master.to_string().as_str())))
}

/// Ends, at a start, what stands in one of the two places only: a crash came between. Nobody was answered, and with
/// neither the account pays for itself. A member whose quota is lost with the journal's end is none any more, either.
///
/// # Errors
/// The books' and the directory's.
pub fn reconcile(app: &App) -> Result<(), OpenError> {
    let mut linked = BTreeSet::new();
    for row in app.auth.directory.accounts()? {
        if let Some(master) = &row.master_id {
            linked.insert((master.parse::<AccountId>()?, Name::new(&row.account_id)?));
        }
    }
    let kept: BTreeSet<(AccountId, Name)> = app.engine.members().into_iter().collect();
    for (master, member) in kept.difference(&linked) {
        let removed = app.engine.remove_member(*master, member, app.clock.now())?;
        removed.wait()?.map_err(|refusal| refusal.to_string())?;
        tracing::warn!(%master, %member, "a membership was begun or ended by half; it is ended now");
    }
    for (master, member) in linked.difference(&kept) {
        app.auth.directory.unlink_member(&master.to_string(), member.as_str())?;
        tracing::warn!(%master, %member, "a membership has no quota in the books; it is ended now");
    }
    Ok(())
}
