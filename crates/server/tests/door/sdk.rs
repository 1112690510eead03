//! The stock Huawei Python SDK against the real binary with the real models.

use std::process::Command;

use serde_json::Value;

use crate::server::{Server, picture};
use crate::wanted::wanted;

#[test]
fn an_unmodified_sdk_reads_a_picture() {
    let (Some(python), Some(_)) = (wanted("INKMETER_TEST_PYTHON"), wanted("INKMETER_TEST_MODELS")) else {
        return;
    };
    let server = Server::start(false);
    let account = server.json(&["account", "create", "alice", "--tier", "V0"]);
    server.json(&["subscribe", "alice", "--api", "general-text", "--region", "cn-north-4"]);
    let text = |field: &str| account[field].as_str().unwrap().to_owned();
    let output = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/door/read_picture.py"))
        .arg(picture("receipt_en.jpg"))
        .env("HOME", server.data.path())
        .env("HUAWEICLOUD_SDK_REGION_OCR_CN_NORTH_4", &server.url)
        .env("HUAWEICLOUD_SDK_REGION_OCR_CN_EAST_3", &server.url)
        .env("HUAWEICLOUD_SDK_IAM_ENDPOINT", &server.url)
        .env("INKMETER_AK", text("access_key"))
        .env("INKMETER_SK", text("secret_key"))
        .env("INKMETER_PROJECT", account["projects"]["cn-north-4"].as_str().unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(seen["right"]["status"], 200, "{seen}");
    assert!(!seen["right"]["words"].as_array().unwrap().is_empty());
    for (case, status, code) in [
        ("wrong_secret", 401, "APIG.0301"),
        ("not_enabled", 403, "ModelArts.4204"),
        ("broken_picture", 400, "AIS.0102"),
    ] {
        assert_eq!(
            (&seen[case]["status"], &seen[case]["code"]),
            (&status.into(), &code.into()),
            "{case}: {seen}"
        );
    }
    let charges = server.charges("alice");
    assert_eq!(charges.len(), 1, "only the picture that was read is charged");
    assert_eq!(charges[0]["request_id"], seen["right"]["request_id"]);
}
