//! A symbolic link in the place of a file of ours is not followed: what it points to stays as it is.

use super::place;
use std::os::unix::fs::symlink;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_link_points_to_is_never_written() {
    let bindery = place().await;
    bindery.run(&["link", "--proposed", "--yes"]).exited(0);
    bindery.run(&["sync", "--all"]).exited(0);
    let mut files: Vec<_> =
        ["addigy.limit", "itglue.limit"].map(|name| bindery.state().join(name)).into();
    for folder in ["logs", "locks"] {
        let entries = std::fs::read_dir(bindery.state().join(folder)).unwrap();
        files.extend(entries.map(|entry| entry.unwrap().path()));
    }
    assert!(files.len() >= 5, "{files:?}");
    let precious = bindery.path().join("precious");
    std::fs::write(&precious, "").unwrap();
    for file in files {
        let aside = file.with_extension("aside");
        std::fs::rename(&file, &aside).unwrap();
        symlink(&precious, &file).unwrap();
        let ended = bindery.run(&["-vv", "sync", "--all"]);
        println!("{}: exit {}, {}", file.display(), ended.code, ended.stderr);
        assert!(ended.stderr.contains(file.parent().unwrap().to_str().unwrap()), "{ended:?}");
        assert_eq!(std::fs::read(&precious).unwrap(), b"", "{}", file.display());
        std::fs::remove_file(&file).unwrap();
        std::fs::rename(&aside, &file).unwrap();
    }
    bindery.run(&["sync", "--all"]).exited(0);
}
