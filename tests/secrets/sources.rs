//! Where secrets come from, met by the real program, and what goes wrong there.

use super::{Binary, KEY, TOKEN, clean, clean_files, place};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

/// Settings with other sources.
async fn with(token: &str, key: &str) -> Binary {
    let bindery = place().await;
    bindery.replace(&format!("{{ value = \"{TOKEN}\" }}"), token);
    bindery.replace(&format!("{{ value = \"{KEY}\" }}"), key);
    bindery
}

/// A file of the folder that its owner alone can read and run.
fn write(bindery: &Binary, name: &str, text: &str) {
    let path = bindery.path().join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
}

fn doctor(bindery: &Binary) -> super::binary::folder::Ended {
    let mut command = bindery.command(&["-vv", "doctor"]);
    command.env("ADDIGY_TOKEN", TOKEN).env("ITGLUE_KEY", KEY);
    let ended = super::binary::folder::Ended::of(command.output().unwrap());
    clean("doctor", ended.stdout.as_bytes());
    clean("doctor", ended.stderr.as_bytes());
    ended
}

#[tokio::test(flavor = "multi_thread")]
async fn each_source_serves_and_shows_nothing() {
    let bindery = with("{ env = \"ADDIGY_TOKEN\" }", "{ command = [\"sh\", \"./key.sh\"] }").await;
    write(&bindery, "key.sh", "echo ITG.C4n\"\"ary/7Zx+5Cv3Bn1Mq9; echo 'all is well' >&2\n");
    let script = bindery.path().join("key.sh");
    bindery.replace("./key.sh", script.to_str().unwrap());
    doctor(&bindery).says("the token works").says("the key works").exited(0);
    bindery.replace("{ env = \"ADDIGY_TOKEN\" }", "{ file = \"token\" }");
    write(&bindery, "token", TOKEN);
    doctor(&bindery).says("the token works").exited(0);
    std::fs::remove_file(bindery.path().join("token")).unwrap();
    clean_files(bindery.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_told_without_what_was_printed() {
    let bindery = with("{ env = \"NOT_SET\" }", "{ command = [\"sh\", \"-c\", \"SCRIPT\"] }").await;
    let mut script = "SCRIPT".to_owned();
    let mut becomes = |text: &str| {
        bindery.replace(&script, text);
        script = text.to_owned();
    };
    let print = "set -x; k=ITG.C4n''ary/7Zx+5Cv3Bn1Mq9; echo $k";
    becomes(&format!("{print}; echo no such entry >&2; exit 3"));
    doctor(&bindery)
        .says("variable NOT_SET is not set")
        .says("no such entry")
        .says("status: 3")
        .exited(2);
    becomes(&format!("{print}; {print}"));
    doctor(&bindery).says("holds several lines").exited(2);
    becomes("kill -9 $$");
    doctor(&bindery).says("signal: 9").exited(2);
    becomes("exit 0");
    doctor(&bindery).says("nothing but white space").exited(2);
    becomes("printf '\\\\033]52;c;x\\\\007\\\\033[31mred' >&2; exit 1");
    let ended = doctor(&bindery).says("red").exited(2);
    assert!(!ended.stdout.contains('\u{1b}'), "{:?}", ended.stdout);
    bindery.replace("\"sh\", \"-c\"", "\"/nonexistent/pass\", \"-c\"");
    doctor(&bindery).says("`/nonexistent/pass` can't be run").exited(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_can_read_is_refused_with_the_command_to_run() {
    let bindery = with("{ file = \"token\" }", "{ env = \"ITGLUE_KEY\" }").await;
    write(&bindery, "token", TOKEN);
    let mode = |name: &str, mode: u32| {
        std::fs::set_permissions(bindery.path().join(name), Permissions::from_mode(mode)).unwrap();
    };
    mode("token", 0o604);
    doctor(&bindery).says("can be read by others (mode 0604). Run `chmod 600").exited(2);
    mode("token", 0o600);
    mode("config.toml", 0o620);
    doctor(&bindery).says("can be written by others").says("chmod 600").exited(2);
    mode("config.toml", 0o600);
    doctor(&bindery).exited(0);
    for (name, open, right) in [("state", 0o755, "700"), ("state/state.db", 0o640, "600")] {
        mode(name, open);
        bindery.run(&["status"]).says(&format!("chmod {right}")).exited(1);
        mode(name, if right == "700" { 0o700 } else { 0o600 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secrets_command_is_not_handed_the_other_secret() {
    let bindery = with("{ command = [\"sh\", \"SCRIPT\"] }", "{ env = \"ITGLUE_KEY\" }").await;
    write(&bindery, "token.sh", "env > environment; printf adg/C4n; echo ary+9Qw7Er5Ty3Ui1\n");
    bindery.replace("SCRIPT", bindery.path().join("token.sh").to_str().unwrap());
    let mut command = bindery.command(&["doctor"]);
    command.env("ITGLUE_KEY", KEY).env("VAULT_ADDR", "kept").current_dir(bindery.path());
    assert_eq!(command.output().unwrap().status.code(), Some(0));
    let handed = std::fs::read_to_string(bindery.path().join("environment")).unwrap();
    assert!(handed.contains("VAULT_ADDR=kept"), "{handed}");
    clean("the command's environment", handed.as_bytes());
}
