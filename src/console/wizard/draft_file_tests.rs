//! Tests of the draft in the state folder.

use super::*;
use crate::console::wizard::rule::Comparison;
use proptest::prelude::*;
use std::os::unix::fs::PermissionsExt;

const SECRET: &str = "Dr4ft-of.Setup+Secret";

fn full() -> Draft {
    let condition = ConditionDraft {
        fact: "device_name".into(),
        comparison: Comparison::StartsWith,
        value: "ki\"osk\\".into(),
    };
    let kind = Some(Named { id: TypeId::new(9), name: "Kiosk".into() });
    Draft {
        step: Step::Rules,
        token: SecretDraft { value: SECRET.into(), ..SecretDraft::default() },
        key: SecretDraft {
            kind: SourceKind::Command,
            command: "pass show 'it glue'".into(),
            value: SECRET.into(),
            ..SecretDraft::default()
        },
        region: Some(Region::Au),
        active: Some(Named { id: StatusId::new(1), name: "Active".into() }),
        rules: vec![RuleDraft { when: vec![condition], kind }],
        ..Draft::default()
    }
}

fn raw(folder: &Path) -> String {
    fs::read_to_string(path(folder)).unwrap()
}

#[test]
fn a_draft_comes_back_and_keeps_secrets_only_by_consent() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("made");
    assert!(load(&dir).unwrap().is_none());
    let mut draft = full();
    for keep in [None, Some(false)] {
        draft.keep_secrets = keep;
        save(&dir, &draft).unwrap();
        assert!(!raw(&dir).contains(SECRET));
        let back = load(&dir).unwrap().unwrap();
        assert_eq!(back.key.command, draft.key.command);
        assert!(!back.holds_secrets());
    }
    draft.keep_secrets = Some(true);
    save(&dir, &draft).unwrap();
    assert_eq!(fs::metadata(path(&dir)).unwrap().mode() & 0o7777, 0o600);
    let back = load(&dir).unwrap().unwrap();
    assert_eq!(back.token.value.expose_secret(), SECRET);
    assert_eq!((back.step, back.region, back.rules), (Step::Rules, draft.region, draft.rules));
    assert_eq!((back.active, back.keep_secrets), (draft.active, Some(true)));
    remove(&dir).unwrap();
    remove(&dir).unwrap();
    assert!(load(&dir).unwrap().is_none());
}

#[test]
fn a_token_in_the_wrong_field_is_not_kept_and_no_link_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = folder.path().join("elsewhere");
    fs::write(&elsewhere, "precious").unwrap();
    std::os::unix::fs::symlink(&elsewhere, path(folder.path())).unwrap();
    let mut draft = full();
    draft.keep_secrets = Some(true);
    draft.token.env = "adg1C4naryQw7Er5Ty3Ui1".into();
    draft.token.file = "ITG.wrong-field".into();
    draft.key.command = "echo ITG.wrong-field".into();
    save(folder.path(), &draft).unwrap();
    let text = raw(folder.path());
    assert!(!text.contains("C4nary") && !text.contains("wrong-field"), "{text}");
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "precious");
    assert!(fs::symlink_metadata(path(folder.path())).unwrap().is_file());
}

/// The token, the same without marks, and such as base64 and paths make: none is a name.
const TOKENS: [&str; 5] = [
    "adg/C4nary+9Qw7Er5Ty3Ui1",
    "/dg/C4nary+9Qw7Er5Ty3Ui1",
    "-dg/C4nary+9Qw7Er5Ty3Ui1",
    "ADGC4NARY9QW7ER5TY3UI1",
    "C4nary9Qw7Er5Ty3",
];

#[test]
fn a_token_in_any_field_of_any_step_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let put: [fn(&mut Draft, String); 15] = [
        |draft, text| draft.addigy_url = text,
        |draft, text| draft.addigy_url = format!("https://{text}@api.addigy.com"),
        |draft, text| draft.addigy_url = format!("https://api.addigy.com/?{text}"),
        |draft, text| draft.itglue_url = text,
        |draft, text| draft.itglue_url = format!("https://api.itglue.com/#{text}"),
        |draft, text| draft.token.env = text,
        |draft, text| draft.token.file = text,
        |draft, text| draft.token.command = text,
        |draft, text| draft.key.env = format!("${text}"),
        |draft, text| draft.key.file = format!("~/{text}"),
        |draft, text| draft.key.command = format!("curl -H x-api-key:{text}"),
        |draft, text| draft.key.command = format!("echo --token={text}"),
        |draft, text| draft.key.command = format!("echo '{text}'"),
        |draft, text| draft.rules[0].when[0].fact = text,
        |draft, text| draft.rules[0].when[0].value = format!("^{text}$"),
    ];
    for token in TOKENS {
        for (at, put) in put.iter().enumerate() {
            let mut draft = full();
            draft.keep_secrets = Some(true);
            put(&mut draft, token.to_owned());
            save(folder.path(), &draft).unwrap();
            let text = raw(folder.path()).to_uppercase();
            assert!(!text.contains("C4NARY"), "{token} {at}: {text}");
        }
    }
}

#[test]
fn the_secret_of_its_own_field_is_known_again_in_every_other_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut draft = full();
    draft.token.value = "canaryword".into();
    draft.key.value = "Canary-Two".into();
    draft.token.env = "canaryword".into();
    draft.token.file = "/tmp/Canary-Two".into();
    draft.key.command = "pass canaryword".into();
    draft.rules[0].when[0].value = "xCanary-Two".into();
    draft.itglue_url = "https://canaryword".into();
    save(folder.path(), &draft).unwrap();
    let text = raw(folder.path()).to_lowercase();
    assert!(!text.contains("canary"), "{text}");
}

#[test]
fn what_is_no_token_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut draft = full();
    // A secret that has only just begun is no reason to forget the rest.
    draft.token.value = "p".into();
    draft.token.env = "ADDIGY_TOKEN_2_OF_THE_TEAM".into();
    draft.token.file = "/run/secrets/addigy-token-2026".into();
    draft.token.command = "op read op://vault/addigy/credential1".into();
    draft.key.file = "~/keys/it_glue.2.txt".into();
    draft.addigy_url = "http://127.0.0.1:8081".into();
    draft.itglue_url = "https://itglue.example.com".into();
    draft.rules[0].when[0].value = "^MacBookPro18,[1-4]$".into();
    save(folder.path(), &draft).unwrap();
    let back = load(folder.path()).unwrap().unwrap();
    assert_eq!(back.token.env, draft.token.env);
    assert_eq!((back.token.file, back.key.file), (draft.token.file, draft.key.file));
    assert_eq!((back.token.command, back.key.command), (draft.token.command, draft.key.command));
    assert_eq!((back.addigy_url, back.itglue_url), (draft.addigy_url, draft.itglue_url));
    assert_eq!(back.rules, draft.rules);
}

#[test]
fn what_bindery_did_not_write_is_ignored_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let mut draft = full();
    draft.keep_secrets = Some(true);
    save(dir, &draft).unwrap();
    let good = raw(dir);
    let condition = "[[rules.when]]\nfact = \"a\"\ncomparison = \"equals\"\nvalue = \"\"\n";
    let too_many = format!("{good}[[rules]]\n{}", condition.repeat(6));
    let rules = "[[rules]]\nwhen = []\n".repeat(300);
    for text in [
        "",
        "x = 1",
        &format!("{good}x = 1\n"),
        &good.replace("\"au\"", "\"ca\""),
        &good.replace("id = 1", "id = 0"),
        &good.replace("rules", "step"),
        &good.replace(SECRET, "a\\u0007b"),
        &good.replace(SECRET, &format!("{SECRET}\n")),
        &too_many,
        &format!("{good}{rules}"),
        &" ".repeat(300_000),
    ] {
        assert!(text != good);
        fs::write(path(dir), text).unwrap();
        let why = load(dir).unwrap_err();
        assert!(why.contains("setup.draft.toml is ignored"), "{why}");
        assert!(!why.contains(SECRET), "{why}");
    }
    fs::write(path(dir), &good).unwrap();
    fs::set_permissions(path(dir), fs::Permissions::from_mode(0o620)).unwrap();
    assert!(load(dir).unwrap_err().contains("others than its owner"));
    fs::remove_file(path(dir)).unwrap();
    fs::create_dir(path(dir)).unwrap();
    assert!(load(dir).unwrap_err().contains("no plain file"));
}

#[test]
fn text_of_a_draft_is_cleaned() {
    let folder = tempfile::tempdir().unwrap();
    let mut draft = full();
    draft.rules[0].when[0].value = "\u{1b}[31mred\u{202e}".into();
    draft.token.command = "a\u{0}b".into();
    save(folder.path(), &draft).unwrap();
    let back = load(folder.path()).unwrap().unwrap();
    assert!(!back.rules[0].when[0].value.contains(['\u{1b}', '\u{202e}']));
    assert!(!back.token.command.contains('\u{0}'));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_content_panics(at in any::<prop::sample::Index>(), slip in ".{0,6}", cut in 0usize..20) {
        let folder = tempfile::tempdir().unwrap();
        save(folder.path(), &full()).unwrap();
        let mut chars: Vec<char> = raw(folder.path()).chars().collect();
        let at = at.index(chars.len());
        let end = (at + cut).min(chars.len());
        chars.splice(at..end, slip.chars());
        let text: String = chars.into_iter().collect();
        fs::write(path(folder.path()), text).unwrap();
        let _ = load(folder.path());
    }
}
