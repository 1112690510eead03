//! `POST /v2/{project_id}/ocr/vehicle-license` ("Vehicle License OCR").

licence! {
    /// The body as it is sent. Licences on a telephone, and whether a picture was copied or tampered with, are accepted as
    /// questions and not answered.
    Body { unanswered { recognize_electronic_license, alarm, } }
    /// What stands on a vehicle licence: of one side its fields, of both one after the other.
    VehicleLicense {
        alone {
            /// `normal`: on paper.
            r#type,
        }
        both {
            /// The plate.
            number,
        }
        /// The side with whose it is.
        front VehicleLicenseFront {
            /// What kind of vehicle it is.
            vehicle_type,
            /// Whose it is.
            name,
            /// The address of whose it is.
            address,
            /// What it is used for.
            use_character,
            /// The maker and the model.
            model,
            /// The vehicle's number.
            vin,
            /// The engine's number.
            engine_no,
            /// When it was registered.
            register_date,
            /// When the licence was issued.
            issue_date,
            /// Who issued it, if asked for.
            issuing_authority,
        }
        /// The side with its masses.
        back VehicleLicenseBack {
            /// The file's number.
            file_no,
            /// How many persons it may carry.
            approved_passengers,
            /// Its mass when full.
            gross_mass,
            /// Its mass when empty.
            unladen_mass,
            /// What it may carry.
            approved_load,
            /// Its length, width and height.
            dimension,
            /// What it may draw.
            traction_mass,
            /// What was noted.
            remarks,
            /// The last inspection.
            inspection_record,
            /// The digits under the bar code.
            code_number,
            /// What it runs on.
            energy_type,
        }
    }
}
