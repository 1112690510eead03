//! schemathesis asks the server for whatever its own document allows, and for what it does not. No answer may be a 5xx,
//! each must be as documented, and what is against the document or has no proof of who calls must be refused.
//!
//! What is asked is derived from the document alone and the same in every run, though not the order of calls.

use std::path::PathBuf;
use std::process::Command;

use crate::customer::{API, Customer};
use crate::server::{BLANK, SANDBOX, Server};
use crate::wanted::wanted;

/// Whose credentials go with what.
const CREDENTIALS: &str = "
[auth.openapi.authToken]
api_key = '${CUSTOMER_TOKEN}'

[auth.openapi.operatorToken]
bearer = '${OPERATOR_TOKEN}'

[auth.openapi.gatewayToken]
bearer = '${GATEWAY_TOKEN}'
";

/// What is there: with it, calls come further than to the first 404.
const THERE: &str = "
[parameters]
'path.name' = 'alice'
'path.region' = 'cn-north-4'
'path.api' = 'general-text'
'path.project_id' = '${PROJECT}'
'path.lot' = 0
";

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
response_headers_conformance,response_schema_conformance,negative_data_rejection,missing_required_header,ignored_auth";

struct Fuzz<'a> {
    alice: &'a Customer,
    python: PathBuf,
    gateway_token: String,
}

impl Fuzz<'_> {
    /// Runs it; it must find nothing.
    fn run(&self, config: &str, arguments: &[&str]) {
        let folder = self.alice.server.data.path();
        let config_file = folder.join("schemathesis.toml");
        std::fs::write(&config_file, config).unwrap();
        let output = Command::new(&self.python)
            .current_dir(folder)
            .args(["-m", "schemathesis.cli", "--config-file"])
            .arg(&config_file)
            .args(["run", "--no-color", "--warnings", "off", "--generation-deterministic"])
            .args([
                "--checks",
                CHECKS,
                // Two threads of Python 3.11 that parse at once disturb each other ("AST constructor recursion depth
                // mismatch").
                "--workers",
                "1",
                "--request-timeout",
                "60",
                "--suppress-health-check",
                "all",
            ])
            .args(arguments)
            .arg(format!("{}/v1/openapi.json", self.alice.server.url))
            .env("CUSTOMER_TOKEN", &self.alice.token)
            .env("OPERATOR_TOKEN", self.alice.server.operator_token())
            .env("GATEWAY_TOKEN", &self.gateway_token)
            .env("PROJECT", self.alice.project("cn-north-4"))
            .output()
            .unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{out}{err}");
        println!("{}", out.lines().filter(|line| line.contains("generated")).collect::<String>());
    }
}

#[tokio::test]
async fn nothing_that_can_be_asked_breaks_the_server_or_its_document() {
    let Some(python) = wanted("INKMETER_TEST_PYTHON") else { return };
    let server = Server::configured(&[BLANK, SANDBOX, ("sign_up = false", "sign_up = true")]);
    let alice = Customer::with(server, "V5", "cn").await;
    alice.server.json(&["top-up", "alice", "1000"]);
    alice.server.json(&[&["package", "buy", "alice", "--calls", "1000"][..], &API[..]].concat());
    assert!(alice.order(&["subscribe", "alice"]).status.success());
    alice.charged().await;
    let gateway = alice.server.json(&["gateway", "new", "front"]);
    let gateway_token = gateway["token"].as_str().unwrap().to_owned();
    let fuzz = Fuzz { alice: &alice, python: python.into(), gateway_token };
    // The clock last: when it is moved, tokens end, and everything else is only ever refused. A stream of lines is
    // nothing schemathesis can make.
    let not_the_clock =
        ["--exclude-operation-id", "adminAdvanceClock", "--exclude-operation-id", "chargeStream"];
    let wide = ["--phases", "examples,coverage,fuzzing", "--max-examples", "8"];
    fuzz.run(CREDENTIALS, &[&wide[..], &not_the_clock].concat());
    let deep = ["--phases", "fuzzing", "--mode", "positive", "--max-examples", "20"];
    fuzz.run(&format!("{CREDENTIALS}{THERE}"), &[&deep[..], &not_the_clock].concat());
    fuzz.run(CREDENTIALS, &["--include-operation-id", "adminAdvanceClock", "--max-examples", "50"]);
    // The books hold whatever was done to them.
    assert_eq!(alice.server.json(&["verify"])["holds"], true);
}
