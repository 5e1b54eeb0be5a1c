//! Certificates that are trusted beside the system's own: a company's authority, or a proxy that opens
//! TLS.

use crate::private;
use crate::text::clean;
use reqwest::Certificate;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A larger file holds no list of certificates, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The certificates of `[network] ca_file`.
#[derive(Debug, Clone)]
pub struct PrivateCa {
    path: PathBuf,
    certificates: Arc<[Certificate]>,
}

/// Why the certificates can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// The file can't be read.
    #[error(
        "the certificates of `ca_file`, {}, can't be read: {source}. Correct the path under [network] \
         in the settings, or remove the line",
        shown(path)
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others could have an authority of theirs trusted.
    #[error(
        "`ca_file`, {}, can be written by others (mode {mode:04o}), who could listen to all we send. \
         Look at what is in it, then run `chmod go-w {}`",
        shown(path),
        shown(path)
    )]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// There is no certificate in it.
    #[error(
        "`ca_file`, {}, holds no certificate: it must be PEM text with a line {BEGIN}. Another format \
         is turned into it by: openssl x509 -inform der -in FILE",
        shown(path)
    )]
    Nothing {
        /// The file.
        path: PathBuf,
    },
    /// One of them is broken.
    #[error(
        "`ca_file`, {}, line {line}: {why}. Copy the certificate anew, whole, from {BEGIN} to {END}",
        shown(path)
    )]
    Broken {
        /// The file.
        path: PathBuf,
        /// Where the certificate begins, counted from 1.
        line: usize,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl PrivateCa {
    /// Reads PEM: one certificate or several, whatever else stands between them.
    ///
    /// # Errors
    /// Which file can't be used, where, and why.
    pub fn load(path: &Path) -> Result<Self, CaError> {
        let text = read(path)?;
        let broken = |line, why| CaError::Broken { path: path.to_owned(), line, why };
        let mut certificates = Vec::new();
        for (line, block) in blocks(&text) {
            let block = block.ok_or_else(|| broken(line, "this certificate has no end"))?;
            let der = CertificateDer::from_pem_slice(block.as_bytes())
                .map_err(|_| broken(line, "this certificate is no valid PEM text"))?;
            // What could not be trusted later is told here, where its line is known.
            RootCertStore::empty()
                .add(der.clone())
                .map_err(|_| broken(line, "this is no certificate that can sign others"))?;
            let certificate =
                Certificate::from_der(&der).map_err(|_| broken(line, "this is no certificate"))?;
            certificates.push(certificate);
        }
        if certificates.is_empty() {
            return Err(CaError::Nothing { path: path.to_owned() });
        }
        Ok(Self { path: path.to_owned(), certificates: certificates.into() })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many there are; never none.
    pub fn count(&self) -> usize {
        self.certificates.len()
    }

    pub(super) fn certificates(&self) -> impl Iterator<Item = Certificate> + '_ {
        self.certificates.iter().cloned()
    }
}

fn read(path: &Path) -> Result<String, CaError> {
    let unreadable = |source| CaError::Unreadable { path: path.to_owned(), source };
    let file = private::open_plain(path).map_err(unreadable)?;
    let mode = file.metadata().map_err(unreadable)?.mode();
    if mode & 0o022 != 0 {
        return Err(CaError::OpenToOthers { path: path.to_owned(), mode: mode & 0o7777 });
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(unreadable(io::ErrorKind::FileTooLarge.into()));
    }
    // Bytes that are no text are no PEM either, and told as that.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Each certificate with the line it begins at; `None` where its end is missing.
fn blocks(text: &str) -> Vec<(usize, Option<String>)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (line, text) in (1..).zip(text.lines()) {
        let text = text.trim();
        if text == BEGIN {
            blocks.extend(open.take().map(|(line, _)| (line, None)));
            open = Some((line, String::new()));
        }
        let Some((begun, block)) = &mut open else { continue };
        block.push_str(text);
        block.push('\n');
        if text == END {
            blocks.push((*begun, Some(std::mem::take(block))));
            open = None;
        }
    }
    blocks.extend(open.map(|(line, _)| (line, None)));
    blocks
}

fn shown(path: &Path) -> String {
    clean(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(text: impl AsRef<[u8]>) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        std::fs::write(&path, text).unwrap();
        PrivateCa::load(&path).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_certificate_is_told_with_its_line() {
        assert!(refused("hello").contains("holds no certificate"));
        assert!(refused(b"\x30\x82\xff\x00").contains("openssl x509"));
        assert!(
            refused(format!("# ours\n\n{BEGIN}\nMIIB\n"))
                .contains("line 3: this certificate has no end")
        );
        let broken = format!("\n{BEGIN}\n*\n{END}\n");
        assert!(refused(&broken).contains("line 2: this certificate is no valid PEM"));
        let no_certificate = format!("{BEGIN}\nAAAA\n{END}\n");
        assert!(refused(no_certificate).contains("line 1: this is no certificate"));
        let nowhere = PrivateCa::load(Path::new("/nonexistent/ca.pem")).unwrap_err().to_string();
        assert!(nowhere.contains("/nonexistent/ca.pem") && nowhere.contains("[network]"));
        let folder = PrivateCa::load(Path::new("/")).unwrap_err().to_string();
        assert!(folder.contains("no plain file"), "{folder}");
    }

    #[test]
    fn a_file_that_others_can_write_is_refused_with_the_command_to_run() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        std::fs::write(&path, "").unwrap();
        for (mode, refused) in [(0o664, true), (0o646, true), (0o644, false), (0o444, false)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let told = PrivateCa::load(&path).unwrap_err().to_string();
            assert_eq!(told.contains("chmod go-w"), refused, "{mode:o}: {told}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(-----(BEGIN|END) CERTIFICATE-----\n|[A-Za-z=\n]{0,9}){0,8}") {
            let _ = refused_or_not(&text);
        }
    }

    fn refused_or_not(text: &str) -> usize {
        blocks(text).len()
    }
}
