//! `[network]`: how the services are reached.

use super::error::SettingsError;
use super::file::{Settings, beside};
use super::reader::{Document, Section};
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// `[network]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NetworkSettings {
    /// `ca_file`: certificates (PEM) that are trusted beside the system's; a relative path starts at
    /// the settings file.
    pub ca_file: Option<PathBuf>,
}

impl NetworkSettings {
    /// What a settings file says of the network, though it may lack everything else or be wrong there:
    /// the setup can't ask a service without it. Nothing where there is no such file.
    ///
    /// # Errors
    /// When `[network]` itself has a mistake, or the file can't be read.
    pub fn load(path: &Path) -> Result<Self, SettingsError> {
        let (text, _) = match Settings::read_trusted(path) {
            Err(SettingsError::Missing { .. }) => return Ok(Self::default()),
            read => read?,
        };
        // A file that is no TOML is told of by whoever reads all of it.
        let Ok(table) = DeTable::parse(&text) else { return Ok(Self::default()) };
        let span = table.span();
        let root = Spanned::new(span, DeValue::Table(table.into_inner()));
        let document = Document { path, text: &text };
        read_network(document, Section::of(document, "the file", &root, "[addigy]")?)
    }
}

/// Reads `[network]` of the whole file.
pub(super) fn read_network<'a>(
    document: Document<'a>,
    root: Section<'a>,
) -> Result<NetworkSettings, SettingsError> {
    let Some(network) = root.section("network", "[network]", "[network]")? else {
        return Ok(NetworkSettings::default());
    };
    network.allow(&["ca_file"])?;
    let ca_file = network.text("ca_file")?.map(|text| beside(document.path, text.value));
    Ok(NetworkSettings { ca_file })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: &str =
        "[addigy]\ntoken = { env = \"T\" }\n[itglue]\nregion = \"us\"\nkey = { env = \"K\" }\n";

    fn both(network: &str) -> (Result<NetworkSettings, String>, Result<NetworkSettings, String>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        let relative = |settings: NetworkSettings| NetworkSettings {
            ca_file: settings.ca_file.map(|file| match file.strip_prefix(dir.path()) {
                Ok(inside) => Path::new("HERE").join(inside),
                Err(_) => file,
            }),
        };
        std::fs::write(&path, network).unwrap();
        let alone = NetworkSettings::load(&path).map(relative).map_err(|error| error.to_string());
        let text = format!("{network}{REST}");
        let whole = Settings::parse(&text, &path).map(|settings| relative(settings.network));
        (alone, whole.map_err(|error| error.to_string()))
    }

    #[test]
    fn the_network_can_be_read_alone_and_with_the_rest() {
        for (text, meant) in [
            ("", None),
            ("[network]\n", None),
            ("[network]\nca_file = \"/etc/ssl/our-ca.pem\"\n", Some("/etc/ssl/our-ca.pem")),
            ("[network]\nca_file = \"our-ca.pem\"\n", Some("HERE/our-ca.pem")),
        ] {
            let meant = Ok(NetworkSettings { ca_file: meant.map(PathBuf::from) });
            assert_eq!(both(text), (meant.clone(), meant), "{text}");
        }
    }

    #[test]
    fn mistakes_name_the_line_and_the_nearest_key() {
        for (text, words) in [
            (
                "[network]\nca_files = \"x\"\n",
                "line 2, column 1: unknown key `ca_files` in [network]; did you mean `ca_file`?",
            ),
            ("[network]\nca_file = 5\n", "line 2, column 11: `ca_file` wants a text"),
            ("[network]\nca_file = \" \"\n", "`ca_file` is empty"),
            ("network = 1\n", "[network] wants a table"),
        ] {
            let (alone, whole) = both(text);
            for told in [alone.unwrap_err(), whole.unwrap_err()] {
                assert!(told.contains(words), "{told}");
            }
        }
    }

    #[test]
    fn a_file_that_others_can_write_chooses_no_authority() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        std::fs::write(&path, "[network]\nca_file = \"theirs.pem\"\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o646)).unwrap();
        let told = NetworkSettings::load(&path).unwrap_err().to_string();
        assert!(told.contains("can be written by others"), "{told}");
    }

    #[test]
    fn a_file_that_is_not_there_or_says_nothing_of_it_is_no_mistake() {
        let nowhere = NetworkSettings::load(Path::new("/nonexistent/config.toml")).unwrap();
        assert_eq!(nowhere, NetworkSettings::default());
        assert_eq!(both("[netw").0, Ok(NetworkSettings::default()));
    }
}
