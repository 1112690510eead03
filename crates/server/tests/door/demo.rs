//! `inkmeter demo`: every instant, figure, standing, pocket and code of its story, as demo.expected has them, the
//! timeline that people read, and the drawing of it.

use std::process::Command;

use serde_json::Value;

use crate::server::INKMETER;
use crate::wanted::wanted;

const EXPECTED: &str = include_str!("demo.expected");
const DRAWING: &str = include_str!("../../../../docs/demo.svg");

#[test]
fn the_arrears_page_is_played_to_the_last_figure() {
    let Some(models) = wanted("INKMETER_TEST_MODELS") else { return };
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("demo");
    let play = || {
        let mut command = Command::new(INKMETER);
        command.args(["demo", "--json", "--folder"]).arg(&folder).env("INKMETER_MODELS", &models);
        command.output().unwrap()
    };
    let output = play();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let out = String::from_utf8(output.stdout).unwrap();
    let mut rows: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();

    let end = rows.pop().unwrap();
    assert_eq!(
        (&end["what"], &end["holds"]),
        (&"end".into(), &true.into()),
        "the books are proved at the end"
    );
    let played: String = rows.iter().map(told).collect();
    let expected = EXPECTED.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    for (played, expected) in played.lines().zip(expected.clone()) {
        assert_eq!(played, expected);
    }
    assert_eq!(played.lines().count(), expected.count(), "{played}");
    let charged = rows.iter().filter(|row| row["what"] == "read").count();
    assert_eq!(end["charges"], charged, "each picture read is charged once, and nothing else");

    check_timeline(&std::fs::read_to_string(folder.join("demo.txt")).unwrap(), &rows);
    let drawing = std::fs::read_to_string(folder.join("demo.svg")).unwrap();
    check_drawing(&drawing, &rows);
    assert!(drawing == DRAWING, "docs/demo.svg is not what the demo draws: copy it from there");

    let again = play();
    assert!(!again.status.success(), "a folder that is in use is left alone");
    assert!(String::from_utf8_lossy(&again.stderr).contains("is not empty"));
}

/// The timeline, which is printed where JSON is not asked for, has a line for each row: its time, its mark, what
/// happened, and the money of the account afterwards. In the end it says what it came to.
fn check_timeline(timeline: &str, rows: &[Value]) {
    assert!(!timeline.contains('\x1b'), "no colours in a file");
    let is_deed = |line: &&str| {
        let line = line.trim_start_matches("  ━").trim_start();
        line.as_bytes().get(2) == Some(&b':') && line[..2].parse::<u8>().is_ok()
    };
    let (story, end) = timeline.split_once("What it came to").unwrap();
    let deeds: Vec<&str> = story.lines().filter(is_deed).collect();
    assert_eq!(deeds.len(), rows.len(), "{story}");
    for (line, row) in deeds.into_iter().zip(rows) {
        let text = |field: &str| shown(&row[field]);
        let has = |what: &str| assert!(line.contains(what), "{what:?} of {row} is not in {line:?}");
        has(&text("at")[11..16]);
        match row["what"].as_str().unwrap() {
            "opened" => has(&format!("○ opens an account: tier {}, policy {}", text("tier"), text("policy"))),
            "enabled" => has(&format!("○ enables general-text in {}", text("region"))),
            "topped_up" => {
                has("▲ tops up ");
                has(&format!("+{}", text("amount")));
            }
            "bought" => {
                has(&format!("◆ buys {} calls in {}", text("calls"), text("region")));
                has(&format!("−{}, to ", text("price")));
            }
            "read" => {
                // What is long is cut off.
                has(&format!(": “{}", text("words").chars().take(6).collect::<String>()));
                has(&match row["pocket"].as_str().unwrap() {
                    "lot" => format!("{} package, {} left", text("region"), text("package_left")),
                    _ => format!("{} pay-per-use {}", text("region"), text("amount")),
                });
            }
            "refused" => {
                has(&format!(" in {}: refused", text("region")));
                has(&format!("{} {}", text("status"), text("code")));
                assert!(story.contains(&format!("{}: ", text("reason"))), "{row}");
            }
            "settled" => has(&format!("is settled: {} call", text("calls"))),
            "stands" => has(&text("to").to_uppercase()),
            other => panic!("a row of a kind that is not known: {other}"),
        }
        if row["what"] != "stands" {
            let mut money: Vec<&str> = line.split_whitespace().rev().take(3).collect();
            money.reverse();
            assert_eq!(money, ["cash", "available", "debt"].map(|of| shown(&row["after"][of])), "{line}");
        }
    }
    for account in ["alice", "bob"] {
        let count = |is: &dyn Fn(&Value) -> bool| {
            rows.iter().filter(|row| row["account"] == account && is(row)).count()
        };
        let (lots, at_price) =
            (count(&|row| row["pocket"] == "lot"), count(&|row| row["pocket"] == "pay_per_use"));
        let refused = count(&|row| row["what"] == "refused");
        let sums = format!(
            "{account}: {} pictures read, {lots} from packages and {at_price} pay-per-use; {refused} requests refused",
            lots + at_price
        );
        assert!(end.contains(&sums), "{sums:?} is not in {end}");
    }
    assert!(end.contains("Every law holds") && !end.contains('≠'), "{end}");
}

/// The drawing is XML, names every standing, and has one mark for each call, of the colour of its pocket.
fn check_drawing(drawing: &str, rows: &[Value]) {
    let drawing = roxmltree::Document::parse(drawing).unwrap();
    let texts: Vec<&str> = drawing.descendants().filter_map(|node| node.text()).collect();
    for standing in ["GOOD", "GRACE", "FROZEN", "RELEASED"] {
        assert!(texts.contains(&standing), "{standing}");
    }
    let marks = |class: &str| drawing.descendants().filter(|n| n.attribute("class") == Some(class)).count();
    let reads = |pocket: &str| rows.iter().filter(|row| row["pocket"] == pocket).count();
    assert_eq!(marks("call lot"), reads("lot"));
    assert_eq!(marks("call pay_per_use"), reads("pay_per_use"));
    let refused = |asked: &[&str]| rows.iter().filter(|row| asked.iter().any(|a| row["asked"] == *a)).count();
    assert_eq!(marks("call refused cross"), refused(&["read"]));
    assert_eq!(marks("order refused cross"), refused(&["buy", "enable"]));
    assert_eq!(marks("call lot") + marks("call pay_per_use") + marks("call refused cross"), 23);
}

/// A row as demo.expected writes it: when, whose, what happened; under it the account as it stands then.
fn told(row: &Value) -> String {
    let text = |field: &str| shown(&row[field]);
    let happened = match row["what"].as_str().unwrap() {
        "opened" => format!("opens an account: tier {}, policy {}", text("tier"), text("policy")),
        "enabled" => format!("enables {}", text("region")),
        "topped_up" => format!("tops up {}, debt paid {}", text("amount"), text("debt_paid")),
        "bought" => format!(
            "buys {} calls in {} for {}, to {}",
            text("calls"),
            text("region"),
            text("price"),
            text("expires_at")
        ),
        "read" => format!(
            "reads {:?} in {}: {} {}, package left {}",
            text("words"),
            text("region"),
            text("pocket"),
            text("amount"),
            text("package_left"),
        ),
        "refused" => format!(
            "{} in {} refused: {} {} {}\n    - {}",
            text("asked"),
            text("region"),
            text("status"),
            text("code"),
            text("reason"),
            text("cure")
        ),
        "settled" => format!(
            "hour {} settled: {} calls, {}; paid {}, not paid {}",
            text("hour"),
            text("calls"),
            text("amount"),
            text("paid"),
            text("owed")
        ),
        "stands" => format!(
            "from {} to {}: grace until {}, release at {}, lost {}",
            text("from"),
            text("to"),
            text("grace_until"),
            text("release_at"),
            text("lost")
        ),
        other => panic!("a row of a kind that is not known: {other}"),
    };
    let after = |field: &str| shown(&row["after"][field]);
    format!(
        "{} {} {happened}\n    = {}; cash {}; unsettled {}; owed {}; available {}; left {}; enabled {}\n",
        text("at"),
        text("account"),
        after("standing"),
        after("cash"),
        after("unsettled"),
        after("debt"),
        after("available"),
        after("packages"),
        after("enabled")
    )
}

/// A value without the zone, which is UTC+8 everywhere, and without the T.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => match text.strip_suffix("+08:00") {
            Some(instant) => instant.replace('T', " "),
            None => text.clone(),
        },
        Value::Null => "-".into(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            if items.is_empty() { "-".into() } else { items.join(",") }
        }
        Value::Object(fields) if fields.is_empty() => "-".into(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| format!("{name}:{value}")).collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    }
}
