//! What is written reads again as what was meant, and what a person wrote stays.

use super::*;
use crate::domain::{Condition, Operator};
use crate::settings::compile;
use proptest::prelude::*;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

const SECRET: &str = "Wr1te-settings.Test+Secret";

/// A file that a person has made their own.
const OWN: &str = r#"# Ours. Ask Ana before you change it.

theme = "light" # for the office

enabled = true   # since May

[itglue] # the German account
# moved in 2024
region = "eu"
key = { command = ["pass", "show", "itglue"] } # from the team's store
active_status_id = 101 # Active
# never "Retired"
inactive_status_id = 102   # ask Ben
default_type_id = 201

# tablets first
[[itglue.conditional_types]]
when = [{ fact = "device_model_name", contains = "iPad" }] # Minis too
type_id = 202 # iPad

# then the kiosks
[[itglue.conditional_types]]
when = [{ fact = "device_name", matches = "^kiosk-[0-9]+$" }]
type_id = 203

[addigy]
token = { env = "ADDIGY_TOKEN" }

[sync]
settle_seconds = 5 # the service is quick

[history]
keep_days = 700 # the auditors want two years

[keys]
"devices.retry" = ["r", "f5"]
# the end
"#;

fn path() -> &'static Path {
    Path::new("/etc/bindery/config.toml")
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn condition(fact: &str, operator: Operator) -> Condition {
    Condition { fact: fact.into(), operator }
}

/// What the file above says.
fn own_choices() -> Choices {
    let settings = Settings::parse(OWN, path()).unwrap();
    Choices {
        enabled: settings.enabled,
        addigy_url: settings.addigy.url,
        token: settings.addigy.token,
        region: settings.itglue.region,
        itglue_url: settings.itglue.url,
        key: settings.itglue.key,
        active: settings.itglue.active_status_id,
        inactive: settings.itglue.inactive_status_id,
        default_type: settings.itglue.default_type_id,
        rules: settings.itglue.conditional_types,
        statuses: [(101, "Active"), (102, "Inactive"), (103, "In Use")]
            .map(|(id, name)| ConfigurationStatus { id: StatusId::new(id), name: name.into() })
            .to_vec(),
        types: [(201, "Laptop"), (202, "iPad"), (203, "Kiosk\n[evil]")]
            .map(|(id, name)| ConfigurationType { id: TypeId::new(id), name: name.into() })
            .to_vec(),
    }
}

fn rewritten(change: impl FnOnce(&mut Choices)) -> String {
    let mut choices = own_choices();
    change(&mut choices);
    compose(path(), Some(OWN), &choices).unwrap()
}

/// The lines that differ: those of the old file with `-`, those of the new one with `+`.
fn difference(new: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (OWN.lines().collect(), new.lines().collect());
    let gone = old.iter().filter(|line| !new.contains(line)).map(|line| format!("-{line}"));
    let come = new.iter().filter(|line| !old.contains(line)).map(|line| format!("+{line}"));
    gone.chain(come).collect()
}

#[test]
fn a_file_that_says_it_already_is_not_touched_by_a_letter() {
    assert_eq!(rewritten(|_| {}), OWN);
}

#[test]
fn only_what_changed_changes() {
    let text = rewritten(|choices| choices.enabled = false);
    assert_eq!(
        difference(&text),
        ["-enabled = true   # since May", "+enabled = false   # since May"]
    );
    let text = rewritten(|choices| choices.token = SecretSource::File("/run/token".into()));
    assert_eq!(
        difference(&text),
        ["-token = { env = \"ADDIGY_TOKEN\" }", "+token = { file = \"/run/token\" }"]
    );
    let text = rewritten(|choices| choices.key = SecretSource::Env("ITGLUE_KEY".into()));
    assert_eq!(
        difference(&text),
        [
            "-key = { command = [\"pass\", \"show\", \"itglue\"] } # from the team's store",
            "+key = { env = \"ITGLUE_KEY\" } # from the team's store"
        ]
    );
    let text = rewritten(|choices| {
        choices.region = None;
        choices.itglue_url = url("http://127.0.0.1:9001");
    });
    assert_eq!(difference(&text), ["-region = \"eu\"", "+url = \"http://127.0.0.1:9001\""]);
    assert!(text.contains("# moved in 2024\nurl = \"http://127.0.0.1:9001\"\nkey"), "{text}");
}

#[test]
fn a_name_behind_an_id_follows_it_and_a_persons_words_stay() {
    let text = rewritten(|choices| choices.active = Some(StatusId::new(103)));
    assert!(text.contains("active_status_id = 103  # In Use\n"), "{text}");
    let text = rewritten(|choices| choices.inactive = Some(StatusId::new(103)));
    assert!(text.contains("inactive_status_id = 103   # ask Ben\n"), "{text}");
    let text = rewritten(|choices| choices.default_type = Some(TypeId::new(203)));
    assert!(text.contains("default_type_id = 203  # Kiosk [evil]\n"), "{text}");
    let text = rewritten(|choices| choices.default_type = None);
    assert!(!text.contains("default_type_id"), "{text}");
}

#[test]
fn rules_move_with_their_comments() {
    let text = rewritten(|choices| choices.rules.reverse());
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
    assert!(at("# then the kiosks") < at("^kiosk") && at("^kiosk") < at("# tablets first"));
    assert!(at("# Minis too") < at("[addigy]"));
    assert!(difference(&text).is_empty(), "{text}");
}

#[test]
fn rules_are_added_changed_and_removed() {
    let text = rewritten(|choices| {
        let when = vec![
            condition("os_platform", Operator::Equals("macOS".into())),
            condition("current_user", Operator::IsEmpty),
        ];
        choices.rules.insert(1, TypeRule { when, type_id: TypeId::new(201) });
    });
    assert!(text.contains(
        "[[itglue.conditional_types]]\nwhen = [\n    { fact = \"os_platform\", equals = \"macOS\" },\n    \
         { fact = \"current_user\", is_empty = true },\n]\ntype_id = 201  # Laptop\n"
    ), "{text}");
    let text = rewritten(|choices| choices.rules[0].type_id = TypeId::new(203));
    assert!(text.contains("# Minis too\ntype_id = 203  # Kiosk [evil]\n"), "{text}");
    let text = rewritten(|choices| {
        choices.rules.remove(0);
    });
    assert!(!text.contains("tablets") && text.contains("# then the kiosks"), "{text}");
    let text = rewritten(|choices| choices.rules.clear());
    assert!(!text.contains("conditional_types") && text.contains("[sync]"), "{text}");
}

#[test]
fn other_spellings_of_the_same_are_rewritten_too() {
    let inline = "itglue = { region = \"us\", key = { env = \"K\" }, conditional_types = [{ when = [{ fact = \"a\", equals = \"b\" }], type_id = 7 }] }\naddigy.token.env = \"T\"\n";
    let tables = "[addigy.token]\nenv = \"T\"\n[itglue.key]\nenv = \"K\"\n[itglue]\nregion = \"us\"\n[[itglue.conditional_types]]\ntype_id = 7\n[[itglue.conditional_types.when]]\nfact = \"a\"\nequals = \"b\"\n[[itglue.conditional_types]]\ntype_id = 8\n[[itglue.conditional_types.when]]\nfact = \"c\"\nequals = \"d\"\n";
    let without = "itglue = { region = \"us\", key = { env = \"K\" } }\n";
    for text in [inline, tables, without] {
        let mut choices = own_choices();
        let first = condition("a", Operator::Equals("b".into()));
        choices.rules = vec![
            TypeRule { when: vec![condition("n", Operator::IsEmpty)], type_id: TypeId::new(8) },
            TypeRule { when: vec![first], type_id: TypeId::new(9) },
        ];
        let written = compose(path(), Some(text), &choices).unwrap();
        assert!(says(&Settings::parse(&written, path()).unwrap(), &choices, path()), "{written}");
    }
}

#[test]
fn a_new_file_helps_whoever_opens_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("made/config.toml");
    let mut choices = own_choices();
    choices.token = SecretSource::Value(SECRET.into());
    write(&file, &choices).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    let settings = Settings::load(&file).unwrap();
    assert!(says(&settings, &choices, &file));
    insta::assert_snapshot!(fs::read_to_string(&file).unwrap().replace(SECRET, "SECRET"));
}

#[test]
fn a_link_stays_and_its_target_is_rewritten_with_a_safe_mode() {
    let folder = tempfile::tempdir().unwrap();
    let (kept, link) = (folder.path().join("dotfiles.toml"), folder.path().join("config.toml"));
    fs::write(&kept, OWN).unwrap();
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o644)).unwrap();
    symlink("dotfiles.toml", &link).unwrap();
    set_theme(&link, "mono").unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let text = fs::read_to_string(&kept).unwrap();
    assert_eq!(
        difference(&text),
        ["-theme = \"light\" # for the office", "+theme = \"mono\" # for the office"]
    );
    assert_eq!(fs::metadata(&kept).unwrap().mode() & 0o777, 0o600);
    assert_eq!(Settings::load(&link).unwrap().theme.as_deref(), Some("mono"));
    fs::remove_file(&kept).unwrap();
    write(&link, &own_choices()).unwrap();
    assert!(kept.is_file());
}

#[test]
fn where_there_is_no_theme_it_comes_first_and_nowhere_without_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    assert!(matches!(set_theme(&file, "mono"), Err(WriteError::Present(_))));
    assert!(!file.exists());
    fs::write(&file, OWN.replace("theme = \"light\" # for the office\n", "")).unwrap();
    set_theme(&file, "mono").unwrap();
    assert_eq!(Settings::load(&file).unwrap().theme.as_deref(), Some("mono"));
}

#[test]
fn a_mistake_elsewhere_is_told_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    for wrong in ["settle_seconds = 99999", "settle_second = 5", "settle_seconds = ", "x = \"\n"] {
        let text = OWN.replace("settle_seconds = 5", wrong);
        fs::write(&file, &text).unwrap();
        for result in [write(&file, &own_choices()), set_theme(&file, "mono")] {
            let error = result.unwrap_err().to_string();
            assert!(error.contains("line 30") && error.contains("Nothing was written"), "{error}");
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
    // What the wizard asks for itself is put right.
    fs::write(&file, OWN.replace("\"eu\"", "\"ca\"").replace("= 102", "= 101")).unwrap();
    write(&file, &own_choices()).unwrap();
}

#[test]
fn what_can_not_be_written_is_told_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("config.toml")).unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    for name in ["config.toml", "file/config.toml"] {
        let error = write(&folder.path().join(name), &own_choices()).unwrap_err().to_string();
        assert!(error.contains("config.toml can't be"), "{error}");
    }
}

fn sources() -> impl Strategy<Value = SecretSource> {
    prop_oneof![
        "[A-Z_][A-Z0-9_]{0,12}".prop_map(SecretSource::Env),
        "/[^\\x00\n]{1,20}".prop_map(|path| SecretSource::File(path.into())),
        prop::collection::vec("\\PC{1,12}", 1..4).prop_map(SecretSource::Command),
        "[!-~]{16,30}".prop_map(|text| SecretSource::Value(text.into())),
    ]
}

fn operators() -> impl Strategy<Value = Operator> {
    let text = || "[^\\x00]{0,12}[^\\s\\x00]";
    prop_oneof![
        text().prop_map(Operator::Equals),
        text().prop_map(Operator::IsNot),
        text().prop_map(Operator::Contains),
        text().prop_map(Operator::StartsWith),
        text().prop_map(Operator::EndsWith),
        "[a-z0-9^$.*\"'\\\\-]{1,8}"
            .prop_filter_map("no pattern", |text| compile(&text).ok().map(Operator::Matches)),
        Just(Operator::IsEmpty),
        Just(Operator::IsNotEmpty),
    ]
}

fn any_rules() -> impl Strategy<Value = Vec<TypeRule>> {
    let condition =
        ("[a-z_]{1,12}", operators()).prop_map(|(fact, operator)| condition(&fact, operator));
    let rule = (prop::collection::vec(condition, 1..=5), 1..=i64::MAX)
        .prop_map(|(when, id)| TypeRule { when, type_id: TypeId::new(id) });
    prop::collection::vec(rule, 0..5)
}

fn any_choices() -> impl Strategy<Value = Choices> {
    let regions = prop_oneof![
        prop::sample::select(Region::ALL.to_vec()).prop_map(|r| (Some(r), r.address())),
        Just((None, "https://proxy.example.com")),
        Just((None, "http://127.0.0.1:8080")),
    ];
    let addresses =
        prop::sample::select(vec!["https://api.addigy.com", "https://eu.example.com:8443"]);
    let ids =
        (prop::option::of(1..500i64), prop::option::of(500..i64::MAX), prop::option::of(1i64..));
    (any::<bool>(), addresses, sources(), regions, sources(), ids, any_rules()).prop_map(
        |(enabled, addigy, token, (region, itglue), key, (active, inactive, kind), rules)| {
            Choices {
                enabled,
                addigy_url: url(addigy),
                token,
                region,
                itglue_url: url(itglue),
                key,
                active: active.map(StatusId::new),
                inactive: inactive.map(StatusId::new),
                default_type: kind.map(TypeId::new),
                rules,
                ..own_choices()
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// [`compose`] itself compares; that it never has to refuse is what is tested here.
    #[test]
    fn whatever_is_chosen_reads_again(first in any_choices(), second in any_choices()) {
        let new = compose(path(), None, &first).unwrap();
        prop_assert_eq!(&compose(path(), Some(&new), &first).unwrap(), &new);
        let changed = compose(path(), Some(&new), &second).unwrap();
        let own = compose(path(), Some(OWN), &second).unwrap();
        for comment in ["# Ours.", "# since May", "# moved in 2024", "# from the team's store", "# the service is quick", "# the end"] {
            prop_assert!(own.contains(comment), "{} is gone: {}", comment, own);
        }
        prop_assert!(says(&Settings::parse(&changed, path()).unwrap(), &second, path()));
    }
}
