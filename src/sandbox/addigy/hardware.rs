//! Apple hardware, as far as device facts speak of it.

/// What kind of machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// A portable Mac.
    MacBook,
    /// A Mac that stays where it is.
    DesktopMac,
    /// An iPhone.
    IPhone,
    /// An iPad.
    IPad,
    /// An Apple TV.
    AppleTv,
}

/// One model.
#[derive(Debug, PartialEq, Eq)]
pub struct Model {
    /// What kind.
    pub family: Family,
    /// `device_model_name`.
    pub name: &'static str,
    /// `hardware_model`.
    pub hardware: &'static str,
    /// `product_name`.
    pub product: &'static str,
    /// `os_version`.
    pub os_version: &'static str,
}

impl Model {
    /// `os_platform`.
    pub fn platform(&self) -> &'static str {
        match self.family {
            Family::MacBook | Family::DesktopMac => "macOS",
            Family::IPhone => "iOS",
            Family::IPad => "iPadOS",
            Family::AppleTv => "tvOS",
        }
    }

    /// Whether it runs macOS.
    pub fn is_mac(&self) -> bool {
        matches!(self.family, Family::MacBook | Family::DesktopMac)
    }

    /// The model whose `device_model_name` contains this, case-insensitively.
    pub fn named(text: &str) -> Option<&'static Self> {
        let wanted = text.to_lowercase();
        MODELS.iter().find(|model| model.name.to_lowercase().contains(&wanted))
    }
}

const fn model(
    family: Family,
    name: &'static str,
    hardware: &'static str,
    product: &'static str,
    os_version: &'static str,
) -> Model {
    Model { family, name, hardware, product, os_version }
}

/// Every model of the made-up fleet; portable Macs are the most common, so they come first.
pub static MODELS: [Model; 18] = [
    model(Family::MacBook, "MacBook Air (M2, 2022)", "Mac14,2", "MacBook Air", "15.6"),
    model(Family::MacBook, "MacBook Air (13-inch, M3, 2024)", "Mac15,12", "MacBook Air", "26.1"),
    model(Family::MacBook, "MacBook Air (M1, 2020)", "MacBookAir10,1", "MacBook Air", "14.7.1"),
    model(Family::MacBook, "MacBook Air (13-inch, M4, 2025)", "Mac16,12", "MacBook Air", "26.1"),
    model(Family::MacBook, "MacBook Pro (14-inch, 2023)", "Mac14,9", "MacBook Pro", "15.6"),
    model(Family::MacBook, "MacBook Pro (16-inch, 2021)", "MacBookPro18,1", "MacBook Pro", "15.5"),
    model(Family::MacBook, "MacBook Pro (14-inch, M4, 2024)", "Mac16,1", "MacBook Pro", "26.0.1"),
    model(Family::MacBook, "MacBook Pro (13-inch, 2019)", "MacBookPro15,2", "MacBook Pro", "13.7"),
    model(Family::DesktopMac, "iMac (24-inch, M1, 2021)", "iMac21,1", "iMac", "15.6"),
    model(Family::DesktopMac, "iMac (24-inch, 2024)", "Mac16,3", "iMac", "26.1"),
    model(Family::DesktopMac, "Mac mini (2024)", "Mac16,10", "Mac mini", "26.1"),
    model(Family::DesktopMac, "Mac Studio (2023)", "Mac14,13", "Mac Studio", "15.6"),
    model(Family::IPhone, "iPhone 15", "iPhone15,4", "iPhone", "18.6"),
    model(Family::IPhone, "iPhone SE (3rd generation)", "iPhone14,6", "iPhone", "17.7.2"),
    model(Family::IPad, "iPad (10th generation)", "iPad13,18", "iPad", "18.6"),
    model(Family::IPad, "iPad Air (M2)", "iPad14,8", "iPad", "26.1"),
    model(Family::IPad, "iPad mini (6th generation)", "iPad14,1", "iPad", "17.7"),
    model(Family::AppleTv, "Apple TV 4K (3rd generation)", "AppleTV14,1", "Apple TV", "18.5"),
];
