//! Writing reports.

use super::{Task, blocking};
use crate::console::effect::Answer;
use crate::console::report::{Format, Report, write_new};
use crate::settings::process_env;
use std::path::{Path, PathBuf};

/// [`crate::console::effect::Effect::Export`]
pub async fn export(task: Task, path: PathBuf, report: Report) {
    let result = blocking(move || {
        let file = with_home(&path, process_env("HOME").map(PathBuf::from));
        let format = Format::of(&file).ok_or("The name must end in .csv, .json or .md.")?;
        write_new(&file, &report.render(format)).map(|()| file)
    });
    task.answer(Answer::Exported(result.await)).await;
}

/// What a shell does with `~/`.
fn with_home(path: &Path, home: Option<PathBuf>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn home_is_where_a_tilde_leads() {
        let home = || Some(PathBuf::from("/home/ana"));
        for (path, leads) in
            [("~/a.csv", "/home/ana/a.csv"), ("./a.csv", "./a.csv"), ("~b/a.csv", "~b/a.csv")]
        {
            assert_eq!(with_home(Path::new(path), home()), Path::new(leads));
        }
        assert_eq!(with_home(Path::new("~/a.csv"), None), Path::new("~/a.csv"));
    }
}
