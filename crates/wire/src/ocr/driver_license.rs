//! `POST /v2/{project_id}/ocr/driver-license` ("Driver License OCR").

licence! {
    /// The body as it is sent.
    Body { unanswered {} }
    /// What stands on a driving licence: of one side its fields, of both one after the other.
    DriverLicense {
        alone {}
        both {
            /// `normal`: on paper.
            r#type,
            /// Its number, which is its owner's.
            number,
            /// Name.
            name,
        }
        /// The side with the particulars.
        front DriverLicenseFront {
            /// `男` or `女`.
            sex,
            /// Whose citizen its owner is.
            nationality,
            /// Address.
            address,
            /// Date of birth.
            birth,
            /// When the first one was issued.
            issue_date,
            /// What may be driven.
            class,
            /// The first day it is valid.
            valid_from,
            /// The last day, `长期`, or for how many years.
            valid_to,
            /// Who issued it, if asked for.
            issuing_authority,
        }
        /// The side with the file's number.
        back DriverLicenseBack {
            /// The file's number.
            file_number,
            /// What was noted.
            record,
        }
    }
}
