//! `bindery completions` and `bindery man`: made from the command line's own description.

use super::cli::Cli;
use super::exit::{CommandError, CommandResult, Exit};
use clap::{Command, CommandFactory};
use std::io::{self, Write};

/// Prints a completion script.
pub fn completions(shell: clap_complete::Shell) -> CommandResult {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "bindery", &mut script);
    print(&script)
}

/// Prints the manual page, in the language of man(7).
pub fn man() -> CommandResult {
    print(&page().map_err(CommandError::failed)?)
}

/// The page of the whole program, with a section for each command; there are no further pages.
fn page() -> io::Result<Vec<u8>> {
    let program = Cli::command().disable_help_subcommand(true);
    let man = clap_mangen::Man::new(program.clone());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    let mut exit_codes = Vec::new();
    man.render_extra_section(&mut exit_codes)?;
    for command in program.get_subcommands() {
        page.extend(section(command)?);
    }
    let exit_codes =
        String::from_utf8_lossy(&exit_codes).replace(".SH EXTRA", ".SH \"EXIT CODES\"");
    page.extend(exit_codes.into_bytes());
    Ok(page)
}

/// One command, without what every command takes: its own headings become headings of the second order.
fn section(command: &Command) -> io::Result<Vec<u8>> {
    let name = format!("bindery {}", command.get_name());
    let title = name.to_uppercase();
    let command = command.clone().bin_name(name).disable_help_flag(true).disable_version_flag(true);
    let man = clap_mangen::Man::new(command);
    let mut body = Vec::new();
    man.render_synopsis_section(&mut body)?;
    man.render_description_section(&mut body)?;
    man.render_options_section(&mut body)?;
    let body = String::from_utf8_lossy(&body).replace(".SH ", ".SS ");
    Ok(format!(".SH \"{title}\"\n{body}").into_bytes())
}

/// A reader that has gone away (`| head`) is no error.
fn print(text: &[u8]) -> CommandResult {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text).and_then(|()| out.flush());
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_has_every_command() {
        let page = String::from_utf8(page().unwrap()).unwrap();
        for part in [".TH bindery", "BINDERY LINK", "BINDERY SYNC", "with\\-children", "EXIT CODES"]
        {
            assert!(page.contains(part), "{part}: {page}");
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
