//! The runner of scenario scripts: `script` reads them, `stage` plays them on an account, `words` tells what happens.
//!
//! A script begins with the customer's terms and goes on with lines of an instant (UTC+08:00; the day may be left out)
//! and a sentence:
//!
//! ```text
//! policy cn, tier V2
//! settlement 26 minutes after the hour
//! price passport 0.05
//! price passport 0.04 from 2023-05-01 00:00:00
//! 2023-04-18 09:00:00  top up 100
//! 09:00:10  top up 100 with key 7
//! 09:00:20  enable general-text in cn-north-4
//! 09:00:20  enable general-text in cn-north-4 for packages only
//! 09:00:30  buy 1000 calls of general-text in cn-north-4 with key 8
//! 09:00:40  give 5 calls of general-text in cn-north-4 as promotion from 2023-04-20 00:00:00 to 2023-05-01 for project finance
//! 09:01:00  5 calls of general-text in cn-north-4 for project finance
//! 09:02:00  begin call A of general-text in cn-north-4
//! 09:02:05  finish call A
//! 09:02:05  cancel call A
//! 09:03:00  disable general-text in cn-north-4
//! 09:04:00  change tier to V3
//! 09:05:00  alert balance 10
//! 09:05:00  alert hours off
//! 09:05:00  alert percent 30
//! 09:05:00  alert calls 100
//! 09:05:00  alert days 7
//! 09:06:00  budget ours 100 of general-text in cn-north-4 for project finance at 80 100 with forecast
//! 09:07:00  remove budget ours
//! 10:00:00  wait
//! 10:00:00  diagnose
//! 10:00:00  forecast until 2023-06-01
//! 10:00:00  expect standing good
//! ```
//!
//! More of them stand in `commerce`.
//!
//! What can be expected: `standing WORD`, `cash`, `owed`, `unsettled`, `available AMOUNT`, `left UNITS in lot NO`,
//! `refused WORD`, `served UNITS`, or any line of the account told since the last command, word for word.

mod commerce;
mod foresight;
mod notices;
mod script;
mod stage;
mod words;

/// Plays a script and tells everything that came of it.
pub fn tell(text: &str) -> Result<String, String> {
    let script = script::Script::read(text)?;
    stage::play(&script)
}
