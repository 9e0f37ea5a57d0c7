/// Why a file was not read to its end.
enum ReadFault: Error {
    /// The file is damaged, cannot be read, or is of an unsupported kind; the text follows its name.
    ///
    /// The files after it are still read.
    case file(String)
    /// Something other than the file; the import ends.
    case fatal(Failure)
}
