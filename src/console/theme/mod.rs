//! Themes: how each [`Role`] looks, from files that people can write.
//!
//! A screen asks for [`Theme::style`] of a role and never for a colour. The way of a theme: a file is
//! read as it stands (`sheet`), joined with those it inherits from and its names looked up
//! (`load`), then brought down to what the terminal has (`colour`, [`Depth`]).

mod colour;
mod depth;
mod load;
mod problem;
mod role;
mod sheet;

pub use depth::Depth;
pub use load::{built_in_offers, names, offers};
pub use problem::ThemeProblem;
pub use role::Role;

use ratatui::style::Style;
use std::path::Path;

/// How each role looks on the terminal it was loaded for.
#[derive(Debug, Clone)]
pub struct Theme {
    name: String,
    light: bool,
    /// One style a role, in the order of [`Role::ALL`].
    styles: [Style; Role::ALL.len()],
}

/// A theme to choose.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The name of its file; the theme is another one where it can't be had.
    pub name: String,
    /// How it looks.
    pub theme: Theme,
    /// What is wrong with it.
    pub problems: Vec<ThemeProblem>,
}

impl Theme {
    /// The theme of that name: `folder/NAME.toml` if there is one, else a built-in one. Mistakes are
    /// told, and the default stands in for what they concern; for a theme that can't be had at all
    /// that is `dark`.
    pub fn load(name: &str, folder: &Path, depth: Depth) -> (Self, Vec<ThemeProblem>) {
        load::load(name, folder, depth)
    }

    /// A theme that comes with Bindery.
    pub fn builtin(name: &str, depth: Depth) -> Option<Self> {
        load::builtin(name, depth)
    }

    /// The same theme under another name.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How a role looks. The style of [`Role::Text`] carries the theme's own ground where it has one:
    /// fill the frame with it before drawing.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// Whether it is made for a light ground.
    pub fn is_light(&self) -> bool {
        self.light
    }
}

#[cfg(test)]
mod tests;
