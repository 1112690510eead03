//! `docs/clients.md`: its blocks for the shell, in Python and in JavaScript are run out of the page, against a server that
//! reads the picture. Those in Java, Go and TypeScript are not: they want toolchains and packages of their own.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use crate::server::{Server, picture};
use crate::wanted::wanted;

const PAGE: &str = include_str!("../../../../docs/clients.md");
/// What is on the picture.
const WORDS: &str = "STATIONERS";

/// Languages of the page's blocks: those that are run, and those that are not.
const RUN: [&str; 3] = ["sh", "python", "js"];
const NOT_RUN: [&str; 3] = ["java", "go", "ts"];

#[test]
fn every_block_is_run_or_known_not_to_be() {
    let openings = PAGE.lines().filter_map(|line| line.strip_prefix("```")).step_by(2);
    let mut languages: Vec<&str> = openings.collect();
    languages.sort_unstable();
    languages.dedup();
    let mut known = [RUN, NOT_RUN].concat();
    known.sort_unstable();
    assert_eq!(languages, known);
}

/// The blocks of the page in a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let opening = format!("```{language}\n");
    let rest = PAGE.split(opening.as_str()).skip(1);
    rest.map(|rest| rest.split("\n```").next().unwrap()).collect()
}

/// What a program prints that is given on standard input; it must succeed.
fn run(command: &mut Command, program: &str) -> String {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(program.as_bytes()).unwrap();
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{program}\n{out}\n{err}");
    out.into_owned()
}

#[test]
fn the_blocks_in_shell_python_and_javascript_run() {
    let (Some(python), Some(_)) = (wanted("INKMETER_TEST_PYTHON"), wanted("INKMETER_TEST_MODELS")) else {
        return;
    };
    let server = Server::start(false);
    let account = server.json(&["account", "create", "alice", "--tier", "V5"]);
    server.json(&["top-up", "alice", "100"]);
    server.json(&["subscribe", "alice", "--api", "general-text", "--region", "cn-north-4"]);
    server.json(&[
        "package",
        "buy",
        "alice",
        "--api",
        "general-text",
        "--region",
        "cn-north-4",
        "--calls",
        "1000",
    ]);
    let text = |field: &str| account[field].as_str().unwrap().to_owned();
    let project = account["projects"]["cn-north-4"].as_str().unwrap();
    let [shell, programs, node] = RUN.map(blocks);
    let [environment, by_token, signed] = shell[..] else { panic!("{shell:#?}") };
    let as_told = |program: &str, arguments: &[&str]| {
        let mut command = Command::new("bash");
        // The page's own lines set what the SDKs read; then the program runs.
        command.arg("-c").arg(format!("{environment}\nexec \"$@\"")).arg("bash").arg(program).args(arguments);
        command.env("HOME", server.data.path()).env("SERVER", &server.url).env("PROJECT", project);
        command.env("ACCESS_KEY", text("access_key")).env("SECRET_KEY", text("secret_key"));
        command.env("ACCOUNT", text("name")).env("PASSWORD", text("password"));
        command.env("PICTURE", picture("receipt_en.jpg"));
        command
    };
    let [unmodified, in_code, billing, without_sdk] = programs[..] else { panic!("{programs:#?}") };
    let [node] = node[..] else { panic!("{node:#?}") };
    let python = python.to_str().unwrap();
    for (program, arguments, block) in [
        (python, &["-"][..], unmodified),
        (python, &["-"], in_code),
        (python, &["-"], without_sdk),
        ("node", &["-"], node),
        ("bash", &["-euo", "pipefail"], by_token),
        ("bash", &["-euo", "pipefail"], signed),
    ] {
        let printed = run(&mut as_told(program, arguments), block);
        assert!(printed.contains(WORDS), "{block}\n{printed}");
    }
    let charges = server.charges("alice");
    assert_eq!(charges.len(), 6, "each of them was charged");
    assert!(charges.iter().all(|charge| charge["pocket"] == "lot"));
    let printed = run(&mut as_told(python, &["-"]), billing);
    assert!(printed.contains("cash: 60.00 CNY\npackage: 通用文字识别 PKG 1千 包年 left: 994\n"), "{printed}");
    assert!(printed.contains(&format!("project: cn-north-4 {project}\n")), "{printed}");
}
