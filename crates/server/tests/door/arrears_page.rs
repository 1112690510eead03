//! `docs/arrears.md` names commands, routes and scenarios: each must be there.

use std::path::Path;
use std::process::Command;

use crate::documented::DOCUMENT;
use crate::server::INKMETER;

const PAGE: &str = include_str!("../../../../docs/arrears.md");

/// What stands between backticks.
fn named() -> Vec<&'static str> {
    PAGE.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_command_of_the_page_is_there() {
    let commands: Vec<&str> = named().into_iter().filter_map(|name| name.strip_prefix("inkmeter ")).collect();
    assert!(commands.len() >= 8, "{commands:?}");
    for command in commands {
        let output = Command::new(INKMETER).args(command.split(' ')).arg("--help").output().unwrap();
        let help = String::from_utf8_lossy(&output.stdout);
        let usage = format!("Usage: inkmeter {command}");
        assert!(output.status.success() && help.contains(&usage), "inkmeter {command}: {help}");
    }
}

#[test]
fn every_route_of_the_page_is_there() {
    let is_route = |name: &&str| ["GET /", "POST /", "PUT /", "DELETE /"].iter().any(|m| name.starts_with(m));
    let routes: Vec<&str> = named().into_iter().filter(is_route).collect();
    assert!(routes.len() >= 5, "{routes:?}");
    for route in routes {
        let (method, path) = route.split_once(' ').unwrap();
        assert!(DOCUMENT["paths"][path][method.to_lowercase()].is_object(), "{route}");
    }
}

#[test]
fn every_scenario_of_the_page_is_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../charging/tests/scenarios");
    // What has a hyphen and neither a space nor a slash is the name of a scenario; options have two hyphens.
    let is_scenario =
        |name: &&str| name.contains('-') && !name.contains([' ', '/', '.', '_']) && !name.starts_with("--");
    let scenarios: Vec<&str> = named().into_iter().filter(is_scenario).collect();
    assert!(scenarios.len() >= 30, "{scenarios:?}");
    for scenario in scenarios {
        assert!(folder.join(format!("{scenario}.txt")).exists(), "{scenario}");
    }
    let shown = std::fs::read_dir(&folder).unwrap().filter_map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.strip_suffix(".txt").filter(|name| name.starts_with("diagnose-")).map(str::to_owned)
    });
    for scenario in shown {
        assert!(PAGE.contains(&format!("`{scenario}`")), "{scenario} is not on the page");
    }
}
