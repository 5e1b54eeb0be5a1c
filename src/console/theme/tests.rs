use super::colour::{Oklab, components, linear};
use super::*;
use proptest::prelude::*;
use ratatui::style::{Color, Modifier};
use std::fs;

const DARK_GROUNDS: [&str; 2] = ["#1e1e2e", "#000000"];
const LIGHT_GROUNDS: [&str; 2] = ["#ffffff", "#fdf6e3"];

fn rgb(text: &str) -> [u8; 3] {
    components(colour::hex(text).unwrap()).unwrap()
}

fn built_in(name: &str) -> Theme {
    Theme::builtin(name, Depth::TrueColor).unwrap()
}

fn coloured() -> impl Iterator<Item = Theme> {
    names(Path::new("/nowhere")).into_iter().filter(|name| name != "mono").map(|n| built_in(&n))
}

/// What the theme is drawn on: its own ground, else the usual ones of its kind.
fn grounds(theme: &Theme) -> Vec<[u8; 3]> {
    match (theme.style(Role::Text).bg, theme.is_light()) {
        (Some(own), _) => vec![components(own).unwrap()],
        (None, true) => LIGHT_GROUNDS.map(rgb).to_vec(),
        (None, false) => DARK_GROUNDS.map(rgb).to_vec(),
    }
}

/// Source: WCAG 2.2, contrast ratio.
fn contrast(left: [u8; 3], right: [u8; 3]) -> f32 {
    let [left, right] = [left, right].map(|rgb| {
        let [red, green, blue] = rgb.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05
    });
    left.max(right) / left.min(right)
}

fn roles_of_text() -> impl Iterator<Item = Role> {
    Role::ALL
        .into_iter()
        .filter(|role| !matches!(role, Role::Border | Role::Selection | Role::Field))
}

#[test]
fn every_text_can_be_read_on_every_ground() {
    for theme in coloured() {
        let wanted = if theme.name() == "high-contrast" { 7.0 } else { 4.5 };
        for role in roles_of_text() {
            let Some(fg) = theme.style(role).fg.and_then(components) else { continue };
            for ground in grounds(&theme) {
                let found = contrast(fg, ground);
                let place = format!("{} on {ground:?} in {}", role.word(), theme.name());
                assert!(found >= wanted, "{place}: {found:.2}");
            }
        }
    }
}

#[test]
fn every_text_can_be_read_in_the_selected_row_and_in_a_field() {
    for theme in coloured() {
        for bar in [Role::Selection, Role::Field] {
            // The terminal's own text is taken to be no fainter than these.
            let own = if theme.is_light() { "#50545c" } else { "#c0c4d0" };
            let own = theme.style(Role::Text).fg.and_then(components).unwrap_or(rgb(own));
            for role in roles_of_text() {
                let over = theme.style(Role::Text).patch(theme.style(role));
                let over = over.patch(theme.style(bar));
                let Some(bg) = over.bg.and_then(components) else { continue };
                let found = contrast(over.fg.and_then(components).unwrap_or(own), bg);
                let place = format!("{} in {} of {}", role.word(), bar.word(), theme.name());
                assert!(found >= 4.5, "{place}: {found:.2}");
            }
        }
    }
}

#[test]
fn lines_and_bars_can_be_seen() {
    for theme in coloured() {
        for ground in grounds(&theme) {
            let line = theme.style(Role::Border).fg.and_then(components).unwrap();
            assert!(contrast(line, ground) >= 2.0, "lines of {}", theme.name());
            let bar = theme.style(Role::Selection).bg.and_then(components).unwrap();
            assert!(contrast(bar, ground) >= 1.15, "bar of {}", theme.name());
        }
    }
}

/// How a person sees a colour whose eyes lack one kind of cones.
/// Source: Machado, Oliveira and Fernandes 2009, severity 1.0.
fn seen_by(matrix: [[f32; 3]; 3], colour: Color) -> Oklab {
    let light = components(colour).unwrap().map(linear);
    let rgb = matrix.map(|row| {
        let sum: f32 = row.iter().zip(light).map(|(part, light)| part * light).sum();
        let sum = sum.clamp(0.0, 1.0);
        let value =
            if sum <= 0.003_130_8 { sum * 12.92 } else { 1.055 * sum.powf(1.0 / 2.4) - 0.055 };
        (value * 255.0).round() as u8
    });
    Oklab::of(rgb)
}

const DEUTERANOPIA: [[f32; 3]; 3] = [
    [0.367_322, 0.860_646, -0.227_968],
    [0.280_085, 0.672_501, 0.047_413],
    [-0.011_820, 0.042_940, 0.968_881],
];
const PROTANOPIA: [[f32; 3]; 3] = [
    [0.152_286, 1.052_583, -0.204_868],
    [0.114_503, 0.786_281, 0.099_216],
    [-0.003_882, -0.048_116, 1.051_998],
];

/// The least distance of two states as such eyes see them.
fn apart(theme: &Theme) -> f32 {
    let states = [Role::Linked, Role::Attention, Role::Danger, Role::Unlinked];
    let mut least = f32::INFINITY;
    for matrix in [DEUTERANOPIA, PROTANOPIA] {
        let seen = states.map(|role| seen_by(matrix, theme.style(role).fg.unwrap()));
        for (at, one) in seen.iter().enumerate() {
            for other in seen.iter().skip(at + 1) {
                least = least.min(one.distance(*other));
            }
        }
    }
    least
}

#[test]
fn states_stay_apart_for_the_colour_blind() {
    let least = apart(&built_in("colour-blind"));
    assert!(least >= 0.09, "{least}");
    // The measure tells something: the ordinary theme does not pass it.
    assert!(apart(&built_in("dark")) < 0.09);
}

#[test]
fn states_stay_apart_at_every_depth() {
    let states = [Role::Linked, Role::Attention, Role::Danger, Role::Unlinked, Role::Selection];
    for name in names(Path::new("/nowhere")) {
        for depth in [Depth::None, Depth::Ansi16, Depth::Ansi256, Depth::TrueColor] {
            let theme = Theme::builtin(&name, depth).unwrap();
            for (at, one) in states.iter().enumerate() {
                for other in &states[at + 1..] {
                    let (left, right) = (theme.style(*one), theme.style(*other));
                    assert_ne!(left, right, "{one:?} and {other:?} of {name}, {depth:?}");
                }
            }
        }
    }
}

#[test]
fn without_colours_modifiers_tell() {
    for name in names(Path::new("/nowhere")) {
        let theme = Theme::builtin(&name, Depth::None).unwrap();
        for role in Role::ALL {
            let style = theme.style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{} of {name}", role.word());
        }
        let has = |role, modifier| theme.style(role).add_modifier.contains(modifier);
        assert!(has(Role::Selection, Modifier::REVERSED), "{name}");
        assert!(has(Role::Attention, Modifier::BOLD), "{name}");
        assert!(has(Role::Danger, Modifier::BOLD | Modifier::UNDERLINED), "{name}");
    }
}

#[test]
fn sixteen_colours_have_no_tints() {
    let dark = Theme::builtin("dark", Depth::Ansi16).unwrap();
    assert_eq!(dark.style(Role::Danger).fg, Some(Color::LightRed));
    assert_eq!(dark.style(Role::Attention).fg, Some(Color::LightYellow));
    assert_eq!(dark.style(Role::Linked).fg, Some(Color::LightGreen));
    let selection = dark.style(Role::Selection);
    assert_eq!((selection.fg, selection.bg), (Some(Color::Reset), Some(Color::Reset)));
    assert!(selection.add_modifier.contains(Modifier::REVERSED));
    let light = Theme::builtin("light", Depth::Ansi16).unwrap();
    assert_eq!(light.style(Role::Danger).fg, Some(Color::Red));
    let strong = Theme::builtin("high-contrast", Depth::Ansi16).unwrap();
    let selection = strong.style(Role::Selection);
    assert_eq!((selection.fg, selection.bg), (Some(Color::Black), Some(Color::White)));
    assert_eq!(strong.style(Role::Text).bg, Some(Color::Black));
}

#[test]
fn built_in_themes_say_all_and_say_it_well() {
    let folder = tempfile::tempdir().unwrap();
    for name in names(folder.path()) {
        let (theme, problems) = Theme::load(&name, folder.path(), Depth::TrueColor);
        assert_eq!(problems, []);
        assert_eq!(theme.name(), name);
        assert_eq!(theme.is_light(), name == "light");
    }
    let mut problems = Vec::new();
    for text in
        [include_str!("../../../themes/dark.toml"), include_str!("../../../themes/mono.toml")]
    {
        let sheet = sheet::Sheet::read(text, Path::new("dark"), &mut problems).unwrap();
        assert_eq!(sheet.roles.len(), Role::ALL.len());
    }
}

/// A folder with these themes in it.
fn folder(themes: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in themes {
        fs::write(folder.path().join(format!("{name}.toml")), text).unwrap();
    }
    folder
}

/// The theme, and its problems without the folder's name.
fn load(name: &str, themes: &[(&str, &str)]) -> (Theme, Vec<String>) {
    let folder = folder(themes);
    let (theme, problems) = Theme::load(name, folder.path(), Depth::TrueColor);
    let prefix = format!("{}/", folder.path().display());
    (theme, problems.iter().map(|p| p.to_string().replace(&prefix, "")).collect())
}

#[test]
fn a_users_theme() {
    let text = "inherits = \"light\"\ndanger = \"red\"\naccent = 33\n\
                selection = { bg = \"slate\", fg = \"default\", modifiers = [\"bold\"] }\n\
                [palette]\nslate = \"#102030\"\ngrey = \"#111111\"\n";
    let (theme, problems) = load("mine", &[("mine", text)]);
    assert_eq!(problems, [""; 0]);
    assert!(theme.is_light());
    assert_eq!(theme.style(Role::Accent).fg, Some(Color::Indexed(33)));
    // The palette of `light` has a red of its own; what it inherits takes the heir's grey.
    assert_eq!(theme.style(Role::Danger).fg, Some(Color::Rgb(0xad, 0x1f, 0x31)));
    assert_eq!(theme.style(Role::Muted).fg, Some(Color::Rgb(0x11, 0x11, 0x11)));
    let selection = theme.style(Role::Selection);
    assert_eq!(selection.bg, Some(Color::Rgb(0x10, 0x20, 0x30)));
    assert_eq!(selection.fg, Some(Color::Reset));
    assert!(selection.add_modifier.contains(Modifier::BOLD));
}

#[test]
fn what_is_not_said_comes_from_the_default() {
    let (theme, _) = load("mine", &[("mine", "danger = \"magenta\"")]);
    assert_eq!(theme.style(Role::Danger).fg, Some(Color::Magenta));
    assert_eq!(theme.style(Role::Linked), built_in("dark").style(Role::Linked));
    let (theme, _) = load("mine", &[("mine", "light = true")]);
    assert_eq!(theme.style(Role::Linked), built_in("light").style(Role::Linked));
}

#[test]
fn a_users_file_hides_a_built_in_theme_and_can_inherit_it() {
    let own = ("dark", "inherits = \"dark\"\ndanger = \"magenta\"");
    let (theme, problems) = load("dark", &[own]);
    assert_eq!(problems, [""; 0]);
    assert_eq!(theme.style(Role::Danger).fg, Some(Color::Magenta));
    assert_eq!(theme.style(Role::Linked), built_in("dark").style(Role::Linked));
    let heir = ("mine", "inherits = \"dark\"");
    let (theme, problems) = load("mine", &[own, heir]);
    assert_eq!(problems, [""; 0]);
    assert_eq!(theme.style(Role::Danger).fg, Some(Color::Magenta));
}

#[test]
fn mistakes_name_their_line_and_the_nearest_word() {
    let text = "atention = \"amber\"\n\
                danger = \"ambre\"\n\
                linked = \"#12345\"\n\
                accent = 256\n\
                key = { fg = \"blue\", modifier = [\"bold\"] }\n\
                match = { modifiers = [\"blod\"] }\n\
                light = 1\n\
                old = []\n\
                [palette]\n\
                slate = \"sky\"\n";
    let (theme, problems) = load("mine", &[("mine", text)]);
    insta::assert_snapshot!(problems.join("\n"));
    let dark = built_in("dark");
    for role in Role::ALL {
        assert_eq!(theme.style(role), dark.style(role), "{}", role.word());
    }
}

#[test]
fn a_file_that_is_no_toml_gives_the_default() {
    let (theme, problems) = load("mine", &[("mine", "danger = \"red\"\nlinked = \n")]);
    assert_eq!(theme.name(), "dark");
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with("mine.toml, line 2: "), "{}", problems[0]);
}

#[test]
fn a_theme_that_is_not_there_gives_the_default() {
    let folder = folder(&[("night-shift", "")]);
    for (name, message) in [
        ("drak", "there is no theme `drak`; did you mean `dark`?"),
        ("nightshift", "there is no theme `nightshift`; did you mean `night-shift`?"),
        (
            "../dark",
            "there is no theme `../dark`; known here: dark, light, high-contrast, colour-blind, mono, night-shift",
        ),
        (
            "",
            "there is no theme ``; known here: dark, light, high-contrast, colour-blind, mono, night-shift",
        ),
    ] {
        let (theme, problems) = Theme::load(name, folder.path(), Depth::TrueColor);
        assert_eq!(theme.name(), "dark");
        let [problem] = &problems[..] else { panic!("{problems:?}") };
        assert_eq!(problem.message, message);
    }
}

#[test]
fn circles_are_told_and_end() {
    let themes =
        [("a", "inherits = \"b\""), ("b", "\ninherits = \"c\""), ("c", "inherits = \"b\"")];
    let (theme, problems) = load("a", &themes);
    assert_eq!(problems, ["c.toml, line 1: themes inherit in a circle: `a` > `b` > `c` > `b`"]);
    assert_eq!(theme.style(Role::Danger), built_in("dark").style(Role::Danger));
    let (_, problems) = load("a", &[("a", "inherits = \"a\"")]);
    assert_eq!(problems, ["a.toml, line 1: `a` inherits from itself"]);
    let (_, problems) = load("a", &[("a", "\n\ninherits = \"lihgt\"")]);
    assert_eq!(problems, ["a.toml, line 3: there is no theme `lihgt`; did you mean `light`?"]);
}

#[test]
fn what_is_no_plain_small_file_is_refused() {
    let folder = folder(&[]);
    fs::create_dir(folder.path().join("deep.toml")).unwrap();
    fs::write(folder.path().join("large.toml"), " ".repeat(70_000)).unwrap();
    fs::write(folder.path().join("latin.toml"), b"# \xe9\n").unwrap();
    for name in ["deep", "large", "latin"] {
        let (theme, problems) = Theme::load(name, folder.path(), Depth::TrueColor);
        assert_eq!(theme.name(), "dark", "{name}");
        assert_eq!(problems.len(), 1, "{name}");
    }
}

#[test]
fn names_are_the_built_in_ones_then_the_users() {
    let folder = folder(&[("zebra", ""), ("birch", ""), ("dark", ""), ("a\u{1b}[2J", "")]);
    fs::write(folder.path().join("notes.txt"), "").unwrap();
    let names = names(folder.path());
    let wanted = ["dark", "light", "high-contrast", "colour-blind", "mono", "birch", "zebra"];
    assert_eq!(names, wanted);
}

/// Text that is a theme by half, so that the reader is reached behind the parser.
fn nearly_a_theme() -> impl Strategy<Value = String> {
    let key = prop::sample::select(
        "inherits light background palette text danger selection match [palette] palette.red \
         selection.bg selection.modifiers [selection] [[old]] \"\" é"
            .split(' ')
            .collect::<Vec<_>>(),
    );
    let value = prop::sample::select(vec![
        "\"red\"",
        "\"#ff0000\"",
        "\"#é0000\"",
        "\"mine\"",
        "\"\"",
        "true",
        "300",
        "0xff",
        "-1",
        "1.5",
        "1979-05-27",
        "[\"bold\", 1]",
        "{ fg = \"red\", bg = 1, modifiers = [\"dim\"] }",
        "{ fg = [] }",
        "[",
    ]);
    prop::collection::vec((key, value), 0..8).prop_map(|lines| {
        lines.iter().map(|(key, value)| format!("{key} = {value}\n")).collect::<String>()
    })
}

proptest! {
    #[test]
    fn no_text_is_too_much(text in prop_oneof![nearly_a_theme(), any::<String>()]) {
        let folder = folder(&[("mine", &text)]);
        for depth in [Depth::None, Depth::Ansi16, Depth::Ansi256, Depth::TrueColor] {
            let (_, problems) = Theme::load("mine", folder.path(), depth);
            for problem in problems {
                let lines = text.matches('\n').count() + 1;
                prop_assert!(problem.line.is_none_or(|line| line <= lines), "{}", problem);
            }
        }
    }
}
