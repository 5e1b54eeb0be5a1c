//! The keys of the setup, by what is asked for.

use crate::console::keymap::{Context, Verb, bind};

/// Fields.
pub static FIELDS: Context = Context {
    name: "setup",
    title: "Setup: fields",
    list: false,
    bindings: &[
        bind(
            Verb::Open,
            "next",
            &["enter"],
            "next",
            "Go to the next field; at the last one, check",
        ),
        bind(Verb::Back, "back", &["esc"], "back", "Stop a check, go back a step, leave the setup"),
        bind(Verb::Right, "right", &["right"], "choose", "Take the next choice"),
        bind(Verb::Left, "left", &["left"], "", "Take the previous choice"),
        bind(Verb::Up, "up", &["up"], "field", "One field up"),
        bind(Verb::Down, "down", &["down"], "", "One field down"),
        bind(Verb::NextView, "tab", &["tab"], "", "One field down"),
        bind(Verb::PreviousView, "backtab", &["backtab"], "", "One field up"),
    ],
};

/// A list that is filtered by typing.
pub static CHOOSE: Context = Context {
    name: "setup_list",
    title: "Setup: choosing",
    list: false,
    bindings: &[
        bind(Verb::Open, "choose", &["enter"], "choose", "Choose the row and go on"),
        bind(Verb::Back, "back", &["esc"], "back", "Take back what was typed, else go back a step"),
        bind(Verb::Up, "up", &["up"], "row", "One row up"),
        bind(Verb::Down, "down", &["down"], "", "One row down"),
        bind(Verb::PageUp, "page_up", &["pageup"], "", "One page up"),
        bind(Verb::PageDown, "page_down", &["pagedown"], "", "One page down"),
    ],
};

/// The rules.
pub static RULES: Context = Context {
    name: "setup_rules",
    title: "Setup: conditional types",
    list: true,
    bindings: &[
        bind(
            Verb::Open,
            "edit",
            &["enter"],
            "edit / go on",
            "Edit the row; on the last row, go on",
        ),
        bind(Verb::Add, "add", &["a"], "add", "Add a rule, or a condition to the rule"),
        bind(Verb::Delete, "delete", &["D"], "delete", "Remove the rule or the condition"),
        bind(Verb::MoveDown, "move_down", &["J"], "move", "Move the row down"),
        bind(Verb::MoveUp, "move_up", &["K"], "", "Move the row up"),
        bind(Verb::NextView, "next_list", &["tab"], "list", "Rules, conditions, caught devices"),
        bind(Verb::PreviousView, "previous_list", &["backtab"], "", "The other way round"),
        bind(Verb::Back, "back", &["esc"], "back", "Back to the rules, then back a step"),
        bind(Verb::Reread, "reread", &["R"], "", "Read facts and devices again"),
    ],
};

/// A condition or a rule's type being edited.
pub static CONDITION: Context = Context {
    name: "setup_condition",
    title: "Setup: a condition",
    list: false,
    bindings: &[
        bind(Verb::Open, "next", &["enter"], "next", "Take it and go on"),
        bind(
            Verb::Back,
            "back",
            &["esc"],
            "cancel",
            "Take back what was typed, else leave it as it was",
        ),
        bind(Verb::Right, "right", &["right"], "compare", "Compare in the next way"),
        bind(Verb::Left, "left", &["left"], "", "Compare in the previous way"),
        bind(Verb::Up, "up", &["up"], "row", "One row up"),
        bind(Verb::Down, "down", &["down"], "", "One row down"),
        bind(Verb::PageUp, "page_up", &["pageup"], "", "One page up"),
        bind(Verb::PageDown, "page_down", &["pagedown"], "", "One page down"),
        bind(Verb::NextView, "tab", &["tab"], "", "One row down"),
        bind(Verb::PreviousView, "backtab", &["backtab"], "", "One row up"),
    ],
};

/// The review.
pub static REVIEW: Context = Context {
    name: "setup_review",
    title: "Setup: review",
    list: true,
    bindings: &[
        bind(Verb::Open, "do", &["enter"], "do it", "Go to the row's step, switch on, or save"),
        bind(Verb::Back, "back", &["esc"], "back", "Stop a check, go back a step, leave the setup"),
    ],
};

/// A question before going on.
pub static QUESTION: Context = Context {
    name: "setup_question",
    title: "Setup: a question",
    list: false,
    bindings: &[
        bind(Verb::Yes, "yes", &["y"], "yes", "Yes"),
        bind(Verb::No, "no", &["n"], "no", "No"),
        bind(Verb::Open, "answer", &["enter"], "answer", "Give the typed answer"),
        bind(Verb::Back, "back", &["esc"], "back", "Go back to the setup"),
    ],
};
