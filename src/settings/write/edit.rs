//! Single changes of a TOML document that keep the comments around them.

use crate::settings::SecretSource;
use crate::text::clean;
use secrecy::ExposeSecret;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Key, Table, TableLike, Value};

/// A table at the top, made where there is none; `None` where something else bears its name.
pub(super) fn section<'d>(document: &'d mut DocumentMut, name: &str) -> Option<&'d mut Item> {
    let item = document.as_table_mut().entry(name).or_insert_with(|| Item::Table(Table::new()));
    item.is_table_like().then_some(item)
}

/// Lets a change keep the order of the keys: one that takes the place of another stands there, and
/// others that are new come last.
pub(super) fn in_order(
    section: &mut Item,
    replaced: Option<(&str, &str)>,
    change: impl FnOnce(&mut dyn TableLike),
) {
    let Some(table) = section.as_table_like_mut() else { return };
    let order: Vec<String> = table
        .iter()
        .map(|(key, _)| match replaced {
            Some((old, new)) if key == old => new.to_owned(),
            _ => key.to_owned(),
        })
        .collect();
    change(table);
    let rank = |key: &Key| order.iter().position(|known| known == key.get()).unwrap_or(order.len());
    match section {
        Item::Table(table) => table.sort_values_by(|a, _, b, _| rank(a).cmp(&rank(b))),
        Item::Value(Value::InlineTable(table)) => {
            table.sort_values_by(|a, _, b, _| rank(a).cmp(&rank(b)));
        }
        _ => {}
    }
}

/// Sets a value; the comments above it and behind it stay.
pub(super) fn put(table: &mut dyn TableLike, key: &str, mut value: Value) {
    match table.get_mut(key) {
        Some(Item::Value(old)) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        Some(other) => *other = Item::Value(value),
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}

/// Puts one key in the place of another, and takes over its comments.
pub(super) fn swap(table: &mut dyn TableLike, old: &str, new: &str, mut value: Value) {
    if old == new || !table.contains_key(old) {
        return put(table, new, value);
    }
    let above = table.key(old).map(|key| key.leaf_decor().clone());
    if let Some(decor) = table.get(old).and_then(Item::as_value).map(|value| value.decor().clone())
    {
        *value.decor_mut() = decor;
    }
    table.remove(old);
    table.remove(new);
    table.insert(new, Item::Value(value));
    if let (Some(above), Some(mut key)) = (above, table.key_mut(new)) {
        *key.leaf_decor_mut() = above;
    }
}

/// Sets or removes a number that stands for a name, with the name as a comment behind it. A comment
/// that a person wrote there stays.
pub(super) fn integer(
    table: &mut dyn TableLike,
    key: &str,
    id: Option<i64>,
    names: &[(i64, &str)],
) {
    let Some(id) = id else {
        table.remove(key);
        return;
    };
    if table.get(key).and_then(Item::as_integer) == Some(id) {
        return;
    }
    put(table, key, id.into());
    let Some(value) = table.get_mut(key).and_then(Item::as_value_mut) else { return };
    let behind = value.decor().suffix().and_then(|raw| raw.as_str()).unwrap_or_default();
    let said = behind.trim().trim_start_matches('#').trim();
    let ours = said.is_empty() || names.iter().any(|(_, name)| clean(name).trim() == said);
    if ours {
        let name = names.iter().find(|(known, _)| *known == id).map(|(_, name)| clean(name));
        let suffix = name.map(|name| format!("  # {}", name.trim())).unwrap_or_default();
        value.decor_mut().set_suffix(suffix);
    }
}

/// Sets where a secret comes from.
pub(super) fn secret(table: &mut dyn TableLike, key: &str, source: &SecretSource) {
    let (word, value) = spelled(source);
    if let Some(place) = table.get_mut(key).and_then(Item::as_table_like_mut) {
        let others: Vec<String> = place.iter().map(|(other, _)| other.to_owned()).collect();
        let first = others.first().cloned().unwrap_or_else(|| word.to_owned());
        for other in others.iter().skip(1) {
            place.remove(other);
        }
        return swap(place, &first, word, value);
    }
    let mut place = InlineTable::new();
    place.insert(word, value);
    put(table, key, Value::InlineTable(place));
}

fn spelled(source: &SecretSource) -> (&'static str, Value) {
    match source {
        SecretSource::Env(name) => ("env", name.into()),
        SecretSource::File(path) => ("file", path.to_string_lossy().as_ref().into()),
        SecretSource::Command(words) => ("command", Value::Array(words.iter().collect::<Array>())),
        SecretSource::Value(secret) => ("value", secret.expose_secret().into()),
    }
}
