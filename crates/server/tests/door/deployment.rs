//! What lies in `deploy/` and what its documents say fits together and fits the program, as far as that can be seen without a
//! cluster: names, ports, variables, metrics, alerts and their pages, commands.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use server::config::{Config, DEFAULTS};

use crate::metrics::{ask, busy};
use crate::server::INKMETER;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|problem| panic!("{path}: {problem}"))
}

/// The documents of a YAML file.
fn documents(path: &str) -> Vec<Value> {
    let text = text(path);
    let options = serde_saphyr::options! { strict_booleans: true };
    text.split("\n---\n")
        .map(|part| serde_saphyr::from_str_with_options(part, options.clone()).unwrap())
        .collect()
}

/// All manifests.
fn manifests() -> Vec<Value> {
    let folder = root().join("deploy/kubernetes");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names.iter().flat_map(|name| documents(&format!("deploy/kubernetes/{name}"))).collect()
}

fn one<'a>(all: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let mut found = all.iter().filter(|object| object["kind"] == kind && object["metadata"]["name"] == name);
    let first = found.next().unwrap_or_else(|| panic!("there is no {kind} {name}"));
    assert!(found.next().is_none(), "{kind} {name} is there twice");
    first
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

/// Every source of the server as one text.
fn sources() -> String {
    let mut folders = vec![root().join("crates/server/src")];
    let mut all = String::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                all += &std::fs::read_to_string(path).unwrap();
            }
        }
    }
    all
}

/// Variables of ours in a text.
fn variables(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !(letter.is_ascii_uppercase() || letter == '_'));
    words.filter(|word| word.starts_with("INKMETER_")).map(str::to_owned).collect()
}

#[test]
fn names_and_ports_of_the_manifests_fit() {
    let all = manifests();
    let nodes = one(&all, "StatefulSet", "inkmeter");
    let pod = &nodes["spec"]["template"];
    let labels = &pod["metadata"]["labels"];
    assert_eq!(nodes["spec"]["replicas"], 3);
    assert_eq!(&nodes["spec"]["selector"]["matchLabels"], labels);
    let container = &list(&pod["spec"]["containers"])[0];
    let ports = |of: &Value| -> BTreeSet<(String, u64)> {
        let port = |port: &Value, field: &str| port[field].as_u64().unwrap();
        let number = if of[0]["containerPort"].is_null() { "port" } else { "containerPort" };
        list(of).iter().map(|row| (row["name"].as_str().unwrap().to_owned(), port(row, number))).collect()
    };
    let open = ports(&container["ports"]);
    assert_eq!(open, [("http".to_owned(), 8080), ("node".to_owned(), 7600)].into());
    for service in ["inkmeter", "inkmeter-nodes"] {
        let service = &one(&all, "Service", service)["spec"];
        assert_eq!(&service["selector"], labels);
        assert!(ports(&service["ports"]).is_subset(&open));
        for port in list(&service["ports"]) {
            assert_eq!(port["targetPort"], port["name"]);
        }
    }
    assert_eq!(one(&all, "Service", "inkmeter-nodes")["spec"]["clusterIP"], "None");
    assert_eq!(nodes["spec"]["serviceName"], "inkmeter-nodes");
    let budget = &one(&all, "PodDisruptionBudget", "inkmeter")["spec"];
    assert_eq!((&budget["selector"]["matchLabels"], &budget["maxUnavailable"]), (labels, &1.into()));
    assert_eq!(&one(&all, "NetworkPolicy", "inkmeter")["spec"]["podSelector"]["matchLabels"], labels);

    // What is mounted is there, and whatever is taken of a Secret or ConfigMap is in it.
    let claims = list(&nodes["spec"]["volumeClaimTemplates"]).iter().map(|claim| &claim["metadata"]["name"]);
    let volumes: Vec<&Value> =
        list(&pod["spec"]["volumes"]).iter().map(|volume| &volume["name"]).chain(claims).collect();
    let inits = list(&pod["spec"]["initContainers"]);
    for container in inits.iter().chain([container]) {
        for mount in list(&container["volumeMounts"]) {
            assert!(volumes.contains(&&mount["name"]), "{mount}");
        }
        assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    }
    let keys = one(&all, "Secret", "inkmeter-keys");
    let script = inits[0]["args"][0].as_str().unwrap();
    for file in ["master.key", "operator.token", "metrics.token"] {
        assert!(
            script.contains(file) && !(keys["data"][file].is_null() && keys["stringData"][file].is_null())
        );
    }
    let address = list(&container["env"]).iter().find(|row| row["name"] == "INKMETER_DATABASE").unwrap();
    let of = &address["valueFrom"]["secretKeyRef"];
    let database = one(&all, "Secret", of["name"].as_str().unwrap());
    let url = database["stringData"][of["key"].as_str().unwrap()].as_str().unwrap();
    let postgres = one(&all, "Service", "inkmeter-postgres");
    let port = &postgres["spec"]["ports"][0]["port"];
    assert!(url.contains(&format!("@inkmeter-postgres:{port}/inkmeter")), "{url}");
    let probes = ["startupProbe", "readinessProbe", "livenessProbe"];
    let asked: Vec<&str> =
        probes.iter().map(|probe| container[probe]["httpGet"]["path"].as_str().unwrap()).collect();
    assert_eq!(asked, ["/healthz", "/readyz", "/healthz"]);
}

/// The backup of all shards is made with what the nodes have, and is no node.
#[test]
fn the_backup_has_what_the_nodes_have() {
    let all = manifests();
    let nodes = &one(&all, "StatefulSet", "inkmeter")["spec"]["template"];
    let job = &one(&all, "CronJob", "inkmeter-backup")["spec"];
    assert_eq!(job["concurrencyPolicy"], "Forbid");
    let template = &job["jobTemplate"]["spec"]["template"];
    assert_ne!(template["metadata"]["labels"], nodes["metadata"]["labels"]);
    let (nodes, pod) = (&nodes["spec"], &template["spec"]);
    assert_eq!(pod["securityContext"], nodes["securityContext"]);
    let (keys, backup) = (&list(&pod["initContainers"])[0], &list(&pod["containers"])[0]);
    assert_eq!(keys, &list(&nodes["initContainers"])[0]);
    let node = &list(&nodes["containers"])[0];
    assert_eq!((&backup["image"], &backup["securityContext"]), (&node["image"], &node["securityContext"]));
    for row in list(&backup["env"]) {
        assert!(list(&node["env"]).contains(row), "{row}");
    }
    let volumes = list(&pod["volumes"]);
    for mount in list(&keys["volumeMounts"]).iter().chain(list(&backup["volumeMounts"])) {
        assert!(volumes.iter().any(|volume| volume["name"] == mount["name"]), "{mount}");
    }
    for volume in volumes {
        let is_own = volume["name"] == "data" || volume["name"] == "backup";
        assert!(is_own || list(&nodes["volumes"]).contains(volume), "{volume}");
        if let Some(claim) = volume["persistentVolumeClaim"]["claimName"].as_str() {
            one(&all, "PersistentVolumeClaim", claim);
        }
    }
    let arguments = list(&backup["args"]).iter().map(|word| word.as_str().unwrap());
    let output = Command::new(INKMETER).args(arguments).arg("--help").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // What it writes to lies on the volume.
    let to = backup["args"][1].as_str().unwrap();
    assert!(
        list(&backup["volumeMounts"])
            .iter()
            .any(|mount| mount["name"] == "backup" && to.starts_with(mount["mountPath"].as_str().unwrap()))
    );
}

#[test]
fn what_the_program_is_told_it_knows() {
    let all = manifests();
    let config = one(&all, "ConfigMap", "inkmeter")["data"]["config.toml"].as_str().unwrap().to_owned();
    let known = variables(&sources());
    let mut told = BTreeSet::new();
    for file in [
        "deploy/kubernetes/nodes.yaml",
        "deploy/container/Containerfile",
        "deploy/systemd/inkmeter.service",
        "docs/deployment.md",
        "docs/runbook.md",
    ] {
        told.extend(variables(&text(file)));
    }
    let strange: Vec<&String> = told.difference(&known).collect();
    assert!(told.len() > 3 && strange.is_empty(), "{strange:?}");
    let config = Config::parse(&config).unwrap();
    let pod = &one(&all, "StatefulSet", "inkmeter")["spec"]["template"]["spec"];
    assert_eq!(config.server.listen, "0.0.0.0:8080");
    assert!(pod["terminationGracePeriodSeconds"].as_u64().unwrap() > config.server.shutdown_s);
    let unit = text("deploy/systemd/inkmeter.service");
    let stop_s: u64 =
        unit.lines().find_map(|line| line.strip_prefix("TimeoutStopSec=")).unwrap().parse().unwrap();
    assert!(stop_s > Config::parse(DEFAULTS).unwrap().server.shutdown_s);
    // A folder of its own for books and models, and a user that owns them.
    for line in [
        "User=inkmeter",
        "ProtectSystem=strict",
        "StateDirectory=inkmeter inkmeter-models",
        "Restart=always",
        "RestartSec=1",
    ] {
        assert!(unit.lines().any(|there| there == line), "{line}");
    }
}

/// Images of the manifests are stages of the Containerfile, and what that copies is there.
#[test]
fn images_are_made_of_what_is_there() {
    let file = text("deploy/container/Containerfile");
    let stages: BTreeSet<&str> =
        file.lines().filter_map(|line| line.strip_prefix("FROM ")?.split(" AS ").nth(1)).collect();
    let nodes = manifests();
    let pod = &one(&nodes, "StatefulSet", "inkmeter")["spec"]["template"]["spec"];
    let containers = list(&pod["containers"]).iter().chain(list(&pod["initContainers"]));
    for container in containers {
        let (image, version) = container["image"].as_str().unwrap().split_once(':').unwrap();
        assert!(stages.contains(image), "{image}");
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
    }
    for line in
        file.lines().filter_map(|line| line.strip_prefix("COPY ")).filter(|line| !line.starts_with("--from"))
    {
        let words: Vec<&str> = line.split(' ').collect();
        for path in &words[..words.len() - 1] {
            assert!(root().join(path).exists(), "{path}");
        }
    }
    let rust = file.lines().find_map(|line| line.strip_prefix("FROM docker.io/library/rust:")).unwrap();
    assert!(rust.starts_with(env!("CARGO_PKG_RUST_VERSION")), "{rust}");
    assert!(file.contains("USER 10001:10001") && file.contains("/readyz"));
    assert_eq!(pod["securityContext"]["runAsUser"], 10001);
}

fn alerts() -> Vec<Value> {
    let groups = documents("deploy/prometheus/alerts.yaml").remove(0);
    list(&groups["groups"]).iter().flat_map(|group| list(&group["rules"])).cloned().collect()
}

/// Metrics in an expression, and what their labels must be, where one value is named.
fn selectors(expression: &str) -> Vec<(String, Vec<(String, String)>)> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut found = Vec::new();
    let mut rest = expression;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_alphabetic()) {
        let word = &rest[start..];
        let end = word.find(|letter| !is_name(letter)).unwrap_or(word.len());
        let (name, after) = word.split_at(end);
        let mut labels = Vec::new();
        rest = after;
        if let Some(inside) = after.strip_prefix('{') {
            let (inside, after) = inside.split_once('}').unwrap();
            rest = after;
            for matcher in inside.split(',') {
                if let Some((label, value)) = matcher.split_once("=\"") {
                    labels.push((label.to_owned(), value.trim_end_matches('"').to_owned()));
                }
            }
        }
        if ["inkmeter_", "process_"].iter().any(|prefix| name.starts_with(prefix)) {
            found.push((name.to_owned(), labels));
        }
    }
    found
}

#[tokio::test]
async fn alerts_are_about_metrics_that_there_are() {
    let (alice, token) = busy().await;
    let (_, exposed) = ask(&alice, "/metrics", &token).await;
    let told = text("docs/watching.md");
    let mut asked = BTreeSet::new();
    for alert in alerts() {
        let expression = alert["expr"].as_str().unwrap();
        let named = selectors(expression);
        assert!(!named.is_empty() || expression.starts_with("up{"), "{expression}");
        for (name, labels) in named {
            // `job` is Prometheus' own.
            let labels = labels.iter().filter(|(label, _)| label != "job");
            let labels: Vec<String> = labels.map(|(label, value)| format!("{label}=\"{value}\"")).collect();
            let is_there = exposed.lines().any(|line| {
                let sample = line.split(' ').next().unwrap_or_default();
                sample.split('{').next() == Some(&name)
                    && labels.iter().all(|label| sample.contains(label.as_str()))
            });
            assert!(is_there, "{name} {labels:?} of {expression} is not told:\n{exposed}");
            asked.insert(name);
        }
    }
    assert!(asked.len() > 10, "{asked:?}");
    // Every metric is explained.
    let names = exposed.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let unknown: Vec<&str> = names.filter(|name| !told.contains(*name)).collect();
    assert!(unknown.is_empty(), "docs/watching.md does not tell of {unknown:?}");
}

#[test]
fn every_alert_has_its_page_and_every_page_its_alert() {
    let runbook = text("docs/runbook.md");
    let pages: BTreeSet<&str> = runbook.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let alerts = alerts();
    let names: BTreeSet<&str> = alerts.iter().map(|alert| alert["alert"].as_str().unwrap()).collect();
    assert_eq!((names.len(), &pages), (alerts.len(), &names));
    for alert in &alerts {
        let name = alert["alert"].as_str().unwrap();
        let link = format!("docs/runbook.md#{}", name.to_lowercase());
        assert_eq!(alert["annotations"]["runbook"], link.as_str());
        assert!(!alert["annotations"]["summary"].is_null(), "{name}");
        assert!(["page", "ticket"].contains(&alert["labels"]["severity"].as_str().unwrap()), "{name}");
        let page = runbook.split("\n## ").find(|page| page.starts_with(&format!("{name}\n"))).unwrap();
        for part in ["**Means**", "**Customers feel**", "**Look**", "**Do**", "**Over**"] {
            assert!(page.contains(part), "{name}: {part}");
        }
    }
}

/// Commands that whoever is woken is told to run.
#[test]
fn commands_of_the_documents_are_there() {
    let mut seen = BTreeSet::new();
    for document in ["docs/runbook.md", "docs/deployment.md", "docs/watching.md"] {
        let text = text(document).replace('\n', " ");
        for quoted in text.split('`').skip(1).step_by(2) {
            let Some(rest) = quoted.strip_prefix("inkmeter ") else { continue };
            let is_word =
                |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            let words: Vec<&str> =
                rest.split(' ').take_while(is_word).filter(|word| !word.starts_with("--")).collect();
            if !words.is_empty() {
                seen.insert(words.join(" "));
            }
        }
    }
    assert!(seen.len() > 15, "{seen:?}");
    for command in seen {
        let output = Command::new(INKMETER).args(command.split(' ')).arg("--help").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "inkmeter {command}: {said}");
    }
}
