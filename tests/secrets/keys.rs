//! Keys that near their end, or were revoked, are told as such.

use super::{echo, place};
use bindery::store::Store;
use jiff::{SignedDuration, Timestamp};

fn days_ago(days: i64) -> String {
    (Timestamp::now() - SignedDuration::from_hours(24 * days)).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_use_is_remembered_and_a_long_pause_told() {
    let bindery = place().await;
    bindery.run(&["policies"]).exited(0);
    bindery.run(&["organizations", "Acme Corporation"]);
    let store = Store::open(&bindery.state()).unwrap();
    let last = |name: &str| store.capability(name).unwrap();
    for name in ["addigy_last_worked", "itglue_last_worked"] {
        let at: Timestamp = last(name).unwrap().parse().unwrap();
        assert!(Timestamp::now().duration_since(at) < SignedDuration::from_mins(5), "{at}");
    }
    bindery.run(&["doctor"]).exited(0);
    store.set_capability("itglue_last_worked", &days_ago(59)).unwrap();
    let ended = bindery.run(&["doctor"]).exited(0);
    assert!(!ended.stdout.contains("until today"), "{}", ended.stdout);
    store.set_capability("itglue_last_worked", &days_ago(70)).unwrap();
    bindery.run(&["doctor"]).says("70 days ago; IT Glue revokes a key after 90 days").exited(0);
    // That was a use as well.
    let ended = bindery.run(&["doctor"]).exited(0);
    assert!(!ended.stdout.contains("until today"), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_is_told_with_its_last_use() {
    let bindery = place().await;
    bindery.run(&["link", "--proposed", "--yes"]).exited(0);
    let store = Store::open(&bindery.state()).unwrap();
    echo(&bindery, 401, ["no", "no"]);
    for name in ["addigy_last_worked", "itglue_last_worked"] {
        store.set_capability(name, &days_ago(120)).unwrap();
    }
    let ended = bindery.run(&["organizations", "Acme"]);
    ended.says("120 days ago, so it was most likely revoked: make a new one").exited(1);
    bindery.run(&["sync", "--all"]).says("last worked on").exited(1);
    bindery.run(&["doctor"]).says("most likely revoked").exited(1);
}
