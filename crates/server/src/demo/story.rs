//! The story: what the page "Arrears" says, one rule to an act. Only what people decide stands here: who asks for
//! what, how much they pay in, how long they wait. Every figure, instant, pocket, code and standing is the server's
//! answer; waits for grace and retention end when the server says that they end.

use super::pictures::{LETTER_1, LETTER_2, LINE, NOTICE, RECEIPT, RECEIPT_TURNED};
use super::stage::Stage;
use super::timeline::Act;
use crate::app::OpenError;

/// How many calls the demo's own package holds.
pub const PACKAGE_CALLS: u64 = 5;
/// What it costs.
pub const PACKAGE_PRICE: &str = "0.20";
/// When the story begins: a Monday morning.
pub const BEGIN: &str = "2026-11-02T09:00:00+08:00";

const HERE: &str = "cn-north-4";
const THERE: &str = "ap-southeast-1";

const ALICE: &str = "alice";
const BOB: &str = "bob";

/// Plays it.
pub(super) async fn play(stage: &mut Stage<'_>) -> Result<(), OpenError> {
    pays_late(stage).await?;
    stage.morning_after(4).await?;
    never_pays(stage).await
}

/// An account of a middle tier that runs out of money, is frozen, and pays.
async fn pays_late(stage: &mut Stage<'_>) -> Result<(), OpenError> {
    stage.act(Act {
        account: ALICE,
        title: "Nothing is enabled",
        rule: "An API is enabled region by region. Until it is, a call is refused, and costs nothing.",
    })?;
    let alice = stage.open(ALICE, "V3", "cn").await?;
    stage.minutes(1).await?;
    stage.read(alice, HERE, &RECEIPT).await?;
    stage.minutes(1).await?;
    stage.enable(alice, HERE).await?;

    stage.act(Act {
        account: ALICE,
        title: "Two small packages",
        rule: "A package is prepaid: calls of one API in one region. The second one is for another region.",
    })?;
    stage.minutes(3).await?;
    stage.buy(alice, HERE, PACKAGE_CALLS).await?;
    stage.minutes(1).await?;
    stage.top_up(alice, "0.55").await?;
    stage.minutes(1).await?;
    stage.buy(alice, HERE, PACKAGE_CALLS).await?;
    stage.minutes(1).await?;
    stage.buy(alice, THERE, PACKAGE_CALLS).await?;

    stage.act(Act {
        account: ALICE,
        title: "Five pictures",
        rule: "Packages come first: each call takes one from the quota, and no money moves.",
    })?;
    for picture in [RECEIPT, NOTICE, LINE, LETTER_1, LETTER_2] {
        stage.minutes(2).await?;
        stage.read(alice, HERE, &picture).await?;
    }

    stage.act(Act {
        account: ALICE,
        title: "The package is used up",
        rule: "Then calls are pay-per-use, settled every full hour. The package of the other region does not help.",
    })?;
    stage.minutes(10).await?;
    stage.read(alice, HERE, &NOTICE).await?;
    stage.minutes(5).await?;
    stage.read(alice, HERE, &RECEIPT_TURNED).await?;
    stage.until_settled(alice).await?;

    stage.act(Act {
        account: ALICE,
        title: "The balance runs out",
        rule: "At zero and in good standing calls are still served. The settlement finds that the cash does not reach, \
               and what it cannot pay is the debt.",
    })?;
    stage.minutes(10).await?;
    stage.read(alice, HERE, &LINE).await?;
    stage.minutes(10).await?;
    stage.read(alice, HERE, &LETTER_1).await?;
    stage.until_settled(alice).await?;

    stage.act(Act {
        account: ALICE,
        title: "Grace",
        rule: "Pay-per-use goes on, and owes more. What would cost money now (a package, another API) is refused.",
    })?;
    stage.minutes(15).await?;
    stage.read(alice, HERE, &LETTER_2).await?;
    stage.minutes(5).await?;
    stage.buy(alice, HERE, PACKAGE_CALLS).await?;
    stage.until_settled(alice).await?;
    stage.until_grace_ends(alice).await?;

    stage.act(Act {
        account: ALICE,
        title: "Frozen",
        rule: "Pay-per-use is refused. A package is prepaid, so the one of the other region still works there.",
    })?;
    stage.minutes(5).await?;
    stage.read(alice, HERE, &RECEIPT).await?;
    stage.minutes(5).await?;
    stage.read(alice, THERE, &RECEIPT).await?;
    stage.minutes(5).await?;
    stage.read(alice, THERE, &NOTICE).await?;

    stage.morning_after(2).await?;
    stage.act(Act {
        account: ALICE,
        title: "Paid",
        rule: "A top-up pays the debt by itself, and the account is in good standing at once.",
    })?;
    stage.top_up(alice, "0.50").await?;
    stage.minutes(5).await?;
    stage.read(alice, HERE, &RECEIPT).await?;
    stage.until_settled(alice).await?;
    stage.minutes(5).await?;
    stage.buy(alice, HERE, PACKAGE_CALLS).await?;
    stage.minutes(5).await?;
    stage.read(alice, HERE, &NOTICE).await
}

/// An account of the lowest tier that pays nothing until everything is lost.
async fn never_pays(stage: &mut Stage<'_>) -> Result<(), OpenError> {
    stage.act(Act {
        account: BOB,
        title: "Calls at balance zero",
        rule: "Nobody has to pay in before the first call: it is served, and owed an hour later.",
    })?;
    let bob = stage.open(BOB, "V0", "intl").await?;
    stage.minutes(5).await?;
    stage.enable(bob, HERE).await?;
    stage.minutes(5).await?;
    stage.read(bob, HERE, &NOTICE).await?;
    stage.minutes(5).await?;
    stage.read(bob, HERE, &RECEIPT).await?;
    stage.until_settled(bob).await?;

    stage.act(Act {
        account: BOB,
        title: "Grace, and nobody pays",
        rule: "The policy of the international site gives every tier the same days of grace.",
    })?;
    stage.minutes(30).await?;
    stage.read(bob, HERE, &LETTER_2).await?;
    stage.until_settled(bob).await?;
    stage.until_grace_ends(bob).await?;

    stage.act(Act {
        account: BOB,
        title: "Retention",
        rule: "Frozen, without a package anywhere. Nothing is deleted yet, and nothing more is charged.",
    })?;
    stage.minutes(10).await?;
    stage.read(bob, HERE, &LINE).await?;
    stage.until_released(bob).await?;

    stage.act(Act {
        account: BOB,
        title: "Released",
        rule: "What was enabled is gone for good. What is owed is not.",
    })?;
    stage.minutes(10).await?;
    stage.read(bob, HERE, &LINE).await?;
    stage.minutes(5).await?;
    stage.enable(bob, HERE).await?;

    stage.morning_after(1).await?;
    stage.act(Act {
        account: BOB,
        title: "The way back",
        rule: "Paying alone brings nothing back: the API has to be enabled again.",
    })?;
    stage.top_up(bob, "0.40").await?;
    stage.minutes(5).await?;
    stage.read(bob, HERE, &LINE).await?;
    stage.minutes(5).await?;
    stage.enable(bob, HERE).await?;
    stage.minutes(5).await?;
    stage.read(bob, HERE, &LINE).await?;
    stage.until_settled(bob).await
}
