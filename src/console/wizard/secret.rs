//! Where a token or a key is to come from, as it is being entered.

use crate::settings::SecretSource;
use secrecy::{ExposeSecret, SecretString};
use std::path::PathBuf;

/// The sources one can choose among.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// The secret itself, typed or pasted.
    #[default]
    Value,
    /// A variable of the environment.
    Env,
    /// A file.
    File,
    /// A command.
    Command,
}

impl SourceKind {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Value, Self::Env, Self::File, Self::Command];

    /// What the choice is called.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Value => "paste it here",
            Self::Env => "environment variable",
            Self::File => "file",
            Self::Command => "command",
        }
    }

    /// What the field below the choice is called.
    pub const fn field(self, service_word: &'static str) -> &'static str {
        match self {
            Self::Value => service_word,
            Self::Env => "Variable",
            Self::File => "File",
            Self::Command => "Command",
        }
    }
}

/// A secret's source being entered: each kind keeps what was typed for it, so that trying another one
/// loses nothing.
#[derive(Clone, Default)]
pub struct SecretDraft {
    /// The chosen kind.
    pub kind: SourceKind,
    /// The secret itself.
    pub value: SecretString,
    /// A variable's name.
    pub env: String,
    /// A file's path.
    pub file: String,
    /// A command line; quotes keep words together, no shell is between.
    pub command: String,
}

impl SecretDraft {
    /// The variable is offered first where it is set.
    pub fn offered(variable: &str, is_set: bool) -> Self {
        let kind = if is_set { SourceKind::Env } else { SourceKind::Value };
        Self { kind, env: variable.to_owned(), ..Self::default() }
    }

    /// What a settings file says.
    pub fn of(source: &SecretSource, variable: &str) -> Self {
        let mut draft = Self::offered(variable, false);
        match source {
            SecretSource::Env(name) => {
                draft.kind = SourceKind::Env;
                draft.env.clone_from(name);
            }
            SecretSource::File(path) => {
                draft.kind = SourceKind::File;
                draft.file = path.to_string_lossy().into_owned();
            }
            SecretSource::Command(words) => {
                draft.kind = SourceKind::Command;
                draft.command = join(words);
            }
            SecretSource::Value(secret) => {
                draft.kind = SourceKind::Value;
                draft.value = secret.clone();
            }
        }
        draft
    }

    /// Whether a secret itself was typed, which a draft keeps only by consent.
    pub fn holds_value(&self) -> bool {
        self.kind == SourceKind::Value && !self.value.expose_secret().trim().is_empty()
    }

    /// The source, or what is missing. `word` is `token` or `key`.
    ///
    /// # Errors
    /// A sentence for the person at the field.
    pub fn source(&self, word: &str) -> Result<SecretSource, String> {
        match self.kind {
            SourceKind::Value => {
                let secret = self.value.expose_secret().trim();
                if secret.is_empty() {
                    return Err(format!("Type or paste the {word} first."));
                }
                if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
                    return Err(format!(
                        "No {word} holds spaces, line breaks or accents. Copy it again, alone."
                    ));
                }
                Ok(SecretSource::Value(secret.into()))
            }
            SourceKind::Env => variable(&self.env, word).map(SecretSource::Env),
            SourceKind::File => file(&self.file, word).map(SecretSource::File),
            SourceKind::Command => {
                let words = split(&self.command)?;
                if words.is_empty() {
                    return Err(format!("Type the command that prints the {word}."));
                }
                if words.iter().any(|part| part.contains(KEY_PREFIX)) {
                    return Err(format!(
                        "This holds the {word} itself, and everybody on this machine can see a \
                         command's words. Choose \"{}\".",
                        SourceKind::Value.label()
                    ));
                }
                Ok(SecretSource::Command(words))
            }
        }
    }
}

/// Whether a word could be a token or a key itself, or hold one, rather than be a name, a path or an
/// argument: then no draft keeps it.
pub(super) fn looks_secret(word: &str) -> bool {
    // What quotes, patterns and headers put around a token.
    const AROUND: &str = "'\"`:;,()[]{}<>|^$*?\\";
    word.contains(KEY_PREFIX)
        || (!is_uuid(word) && word.split(|c| AROUND.contains(c)).any(part_looks_secret))
}

fn part_looks_secret(part: &str) -> bool {
    if let Some(option) = part.strip_prefix('-') {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        return name.split('-').any(is_mixed) || part_looks_secret(value);
    }
    if path_like(part) {
        // Files are named with dates and numbers, but hardly with a token's marks.
        return part.split(['/', '-', '_', '.']).any(is_mixed)
            || (part.contains(['+', '=']) && is_mixed(part));
    }
    // Variables are long and may hold a number, but are of short words.
    match part.bytes().any(|byte| byte.is_ascii_lowercase()) {
        true => is_mixed(part) && !is_uuid(part),
        false => part.split(['-', '_', '.']).any(is_mixed),
    }
}

/// Whether it begins as a path does.
pub(super) fn path_like(text: &str) -> bool {
    ["/", "~", "./", "../"].iter().any(|start| text.starts_with(start))
}

/// Long, of letters and digits.
fn is_mixed(text: &str) -> bool {
    const LEAST: usize = 16;
    let has = |class: fn(&u8) -> bool| text.as_bytes().iter().any(class);
    text.len() >= LEAST && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
}

/// As IT Glue's keys begin.
const KEY_PREFIX: &str = "ITG.";

/// Password managers call their entries so.
fn is_uuid(word: &str) -> bool {
    word.len() == 36 && word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

impl std::fmt::Debug for SecretDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A secret may have been typed into any of the fields.
        f.debug_struct("SecretDraft").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// The name of a variable, or what is wrong with it.
pub(super) fn variable(name: &str, word: &str) -> Result<String, String> {
    let name = name.trim().trim_start_matches('$');
    if name.is_empty() {
        return Err(format!("Type the name of the variable that holds the {word}."));
    }
    let fine = !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    match fine {
        true => Ok(name.to_owned()),
        false => Err(format!(
            "A variable's name has letters, digits and `_`. To give the {word} itself, choose \
             \"{}\".",
            SourceKind::Value.label()
        )),
    }
}

fn file(path: &str, word: &str) -> Result<PathBuf, String> {
    let path = path.trim();
    if path.is_empty() {
        return Err(format!("Type the path of the file that holds the {word}."));
    }
    match path.starts_with('/') || path.starts_with("~/") {
        true => Ok(PathBuf::from(path)),
        false if looks_secret(path) => Err(format!(
            "That looks like the {word} itself. Choose \"{}\", or type a file's path.",
            SourceKind::Value.label()
        )),
        false => Err("Type the whole path, beginning with / or ~/.".to_owned()),
    }
}

/// Splits a command line into words as a shell would, with quotes and backslashes and nothing else.
fn split(line: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None::<char>);
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), close) if open == close => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => {
                let next = letters.next().ok_or("The command ends with a single backslash.")?;
                word.get_or_insert_default().push(next);
            }
            (None, space) if space.is_whitespace() => words.extend(word.take()),
            (_, other) => word.get_or_insert_default().push(other),
        }
    }
    if let Some(open) = quote {
        return Err(format!("The command has a {open} that is not closed."));
    }
    words.extend(word);
    match words.iter().any(String::is_empty) {
        true => Err("The command has an empty word.".to_owned()),
        false => Ok(words),
    }
}

/// The words as a line that [`split`] takes apart again.
fn join(words: &[String]) -> String {
    let quoted = words.iter().map(|word| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
        if !word.is_empty() && word.chars().all(plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn draft(kind: SourceKind, text: &str) -> SecretDraft {
        let text = text.to_owned();
        SecretDraft {
            kind,
            value: text.clone().into(),
            env: text.clone(),
            file: text.clone(),
            command: text,
        }
    }

    #[test]
    fn each_source_says_what_it_wants() {
        use SourceKind::{Command, Env, File, Value};
        for (kind, text, part) in [
            (Value, " ", "Type or paste the token"),
            (Value, "a\nb", "line breaks"),
            (Env, "", "name of the variable"),
            (Env, "ITG.abc-def", "paste it here"),
            (Env, "1A", "letters, digits"),
            (File, "", "path of the file"),
            (File, "token.txt", "whole path"),
            (File, "adg1C4naryQw7Er5Ty3Ui1", "paste it here"),
            (Command, "curl -H x-api-key:ITG.abc", "can see a command's words"),
            (Command, " ", "command that prints the token"),
            (Command, "pass 'show", "not closed"),
            (Command, "pass \\", "backslash"),
            (Command, "pass ''", "empty word"),
        ] {
            let error = draft(kind, text).source("token").unwrap_err();
            assert!(error.contains(part), "{kind:?} {text:?}: {error}");
        }
        let command = draft(Command, "sh -c \"pass 'a b' | head\" it\\ s").source("key").unwrap();
        let words = ["sh", "-c", "pass 'a b' | head", "it s"].map(str::to_owned).to_vec();
        assert!(command.same(&SecretSource::Command(words)));
        let env = draft(Env, " $TOKEN ").source("key").unwrap();
        assert!(env.same(&SecretSource::Env("TOKEN".into())));
        let value = draft(Value, " abc\n").source("key").unwrap();
        assert!(value.same(&SecretSource::Value("abc".into())));
    }

    #[test]
    fn a_token_is_told_from_names_paths_and_entries() {
        for word in [
            "ITG.x",
            "adg1C4naryQw7Er5Ty3Ui1",
            "5f2b8c1d9e4a7b6c3d0e",
            "adg/C4nary+9Qw7Er5Ty3Ui1",
            "/dg/C4nary+9Qw7/Er5Ty3Ui1",
            "--token=adg/C4nary+9Qw7Er5Ty3Ui1",
            "'x-api-key:adg/C4nary+9Qw7Er5Ty3Ui1'",
            "ADG1C4NARYQW7ER5TY3UI1",
        ] {
            assert!(looks_secret(word), "{word}");
        }
        for word in [
            "ADDIGY_TOKEN",
            "ADDIGY_TOKEN_2_OF_THE_TEAM",
            "/run/secrets/addigy-token-2",
            "--file=/run/secrets/addigy-token-2026",
            "op://vault/addigy/credential1",
            "8f14e45f-ceea-467f-a83e-1ab2c3d4e5f6",
            "--vault-of-team-1-and-2",
            "bw",
        ] {
            assert!(!looks_secret(word), "{word}");
        }
    }

    #[test]
    fn a_secret_shows_in_no_debug_output() {
        let shown = format!("{:?}", draft(SourceKind::Value, "hunter2"));
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    proptest! {
        #[test]
        fn a_command_reads_again_as_it_was(words in prop::collection::vec("[^\\x00]{1,10}", 1..5)) {
            prop_assert_eq!(split(&join(&words)).unwrap(), words);
        }

        #[test]
        fn no_line_panics(line in ".{0,40}") {
            let _ = split(&line);
        }
    }
}
