//! The seven laws, under random commands at random times.
//!
//! `world` holds prices and policies, plain and odd. `commands` are played on an account, `commerce` are those about caps,
//! coupons, renewals and requested top-ups, and `scripts` makes random sequences of them. `auditor` is a second, naive
//! telling of the same rules that shares no code with the core: it predicts every answer and every balance; `listener`
//! predicts every notice. Each law then has a file of its own.
#![allow(clippy::unwrap_used, reason = "a history that cannot go on fails its test")]

mod auditor;
mod commands;
mod commerce;
mod listener;
mod scripts;
mod world;

mod cap_law;
mod charge_law;
mod coupon_law;
mod diagnosis_law;
mod forecast_law;
mod isolation_law;
mod lot_law;
mod member_law;
mod money_law;
mod notice_law;
mod replay_law;
mod standing_law;
mod tick_law;
mod top_up_law;
