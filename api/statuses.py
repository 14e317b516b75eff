"""The one table from error class to HTTP status; a test says that it names every class of the program.

`TERMINAL` are refusals that only the command line gives: no request can provoke them.
"""

from __future__ import annotations

from typing import Final

_TABLE: Final[dict[int, str]] = {
    400: """
        BidiCharacterError ByteOrderMarkError CanonicalFormError ControlCharacterError DuplicateKeyError
        FractionalNumberError InvalidUtf8Error JsonSyntaxError JsonTooDeepError LoneSurrogateError
        NegativeZeroError NonAsciiKeyError NonFiniteNumberError NotCanonicalError NotNormalizedTextError
        WitnessRequestFormError WitnessOldSizeError
        NumberTooLargeError ZeroWidthCharacterError NoStatementsError
    """,
    401: "ChallengeError TokenError",
    403: """
        UntrustedCheckpointError
        StateSignerError StatePostedError
        NotAccreditorError NotConsigneeError NotHolderError RevokedKeyError RotatedKeyError
        UnknownKeyError RegistrationKeyError KeyProofError NotRemoverError NotReceiverError NotGrantorError
        DelegateScopeError DelegateTimeError RelyingPartyError PasskeyOriginError UserVerificationError
    """,
    404: """
        NotVisibleError UnknownOfferError UnknownDatasetError UnknownFactorError UnknownLotError
        UnknownOrganizationError
        UnknownPassportError UnknownShipmentError UnknownKindError LeafIndexError TilePathError
        AnchorNotFoundError OrganizationNotMirroredError DigitalLinkFormError UnknownTableError
        BeyondCheckpointError UnknownWitnessedLogError
        UnknownMrioTableError UnknownTableSectorError UnknownExtensionError UnknownStressorError NoPeersError
    """,
    409: """
        NotCoveredError StaleWitnessRequestError TwoFacesError
        DuplicateStatementError GapCoveredTwiceError KeyTakenError LastKeyError LegCoveredTwiceError
        LogExistsError LogOpenedError OverdrawnLotError PendingPassportError OfferAnsweredError
        ShipmentAnsweredError StaleOfferError StaleLotError StaleShipmentError
        UnbearableDecreaseError
        StatementIdTakenError TooManyChangesError TooManyHandlingsError CheckpointNotNewerError
        CheckpointConflictError CheckpointTooFarAheadError LogHasSuccessorError LogHereAlreadyError
        NegativeBalanceError TooManyClaimsError OverReversedError ReversedLineError
        BooksBegunError ClosedPeriodError PeriodOrderError TooManyPoliciesError UnclosablePeriodError
        ClosingBalanceError
        TooManyAllowancesError
        CountersignedAlreadyError SameKeyTwiceError SecondKeyError TooManyCountersignaturesError
        DistrustedStatementError TooManySignedAgainError DelegateQuotaError
    """,
    408: "RequestTooSlowError",
    413: """
        JsonTooLargeError RequestTooLargeError StatementTooLargeError TooManyStatementsError
        BundleTooLargeError EntryTooLargeError TooManyTiersError
        UnknownKindTooLargeError AdjustmentTooWideError TooFarBehindError
    """,
    415: "CompressedBodyError",
    422: """
        MixedCharacterisationError MoneyUnitError TablePriceTypeError NegativeMultiplierError
        RepeatedInputError MixedIntensityError RevenueMissingError RevenueCurrencyError NothingHandedOnError
        LogOpeningMissingError
        AmountFormError AmountTooLargeError BodyDigestError ChangedSummaryError CheckDigitError
        DateOrderError DroppedLineError EmptyCorrectionError EnvelopeFormError EvidenceError FieldFormError
        ForeignLogError FutureDateError GapFactorError GoodsMismatchError HandlingTargetError HighSError
        IssuerFormError KeyChangeError MissingFieldError MissingPathError NegativeComponentError
        NoWeightError NotALogOpeningError NotAnObjectError NotCorrectableError OutputLiabilityError
        OutputNumberError PartFormError PathNumberError PolicyWeightError RepeatedPathError
        PolicyEnergyError PolicyInputChoiceError PolicyInputMissingError PolicyInputNumberError
        PolicyInputSumError PolicyInputTwiceError PolicyInputUnusedError PolicyPeriodError PolicyUnitError
        MissingInstrumentError NeedlessInstrumentError InstrumentFieldError InstrumentVolumeError
        InstrumentPeriodError ElectricityMethodError NotInStockError MixedStockError TooManyLotsError
        StockTooLargeError
        PolicyOutputsError PolicySeasonError PolicyOutputKindError NotAssetError EstimateTakesError
        SameEstimateError
        RepeatedSaltError SignatureFormError SignatureVError StatedLiabilityError SummaryDigestError
        SummaryTemplateError TakenLiabilityError TooEarlyError TooManyItemsError UnitMassError
        UnknownAlgorithmError UnknownComponentError UnknownFieldError UnknownPathError
        UnknownPolicyError UnrecoverableSignatureError WrongKeyError ZeroComponentError
        ZeroQuantityError HexFormError Base64FormError MixedGwpSetsError UnitMismatchError
        UnknownGwpError UnknownUnitError DeflatorIndexError DeflatorYearError EmptyGapQueryError
        ForeignDeflatorError MarginsNotInPriceError MemoFactorError NoDeflatorError NoGridFactorError
        NoRateError PageOfFactorsError PassportAmountError ShareRangeError UnknownActivityError
        UnknownClimateError UnknownGwpSetError UnknownNitrogenError UnknownPriceTypeError
        UnknownRegionError UnknownSectorError VatRateMissingError ZeroSpendError VehicleShareError
        DistanceBasisError ActualDistanceTwiceError HubDistanceError JourneyStayError RunningFigureError
        CoolingLegError TransportLineError PowerReadingError PlugPowerError PowerMethodError
        ContractVolumeError ContractPeriodError ShareWorkError VehicleQuantityError ShareBasisError
        TripTotalError OverfullTripError
        Gs1BatchError Gs1CheckDigitError Gs1KeyFormError MissingReferenceError PassportKindError
        MissingFactorRecordError EmptyMemoError FactorGwpError FactorChannelError GasMassError
        LineAmountError PreferredGwpError BundleFormatError
        BundleOrderError FactorRecordError IntervalTakenTwiceError SegmentTooLargeError
        MapKeyAbsentError MapProofError MapProofKeyError MapProofLengthError StateBeforeEntryError
        StateKindError StateRecordsError StateSizeError StateTotalsError MissingFromStateError
        WithheldStatementError UnlistedStatementError WithheldKeyStatementError TakerListError
        NeedlessTakeError LotHandedOnTwiceError LotRefilledError WithheldRoleError
        SegmentTooSmallError UnexplainedLiabilityError UntraceableReferenceError MerkleProofError
        TreeSizesError ProofLengthError ProofHashError InclusionProofError ConsistencyProofError
        CheckpointFormError NoteTooLargeError NoteTextError NoteShapeError CheckpointOriginError
        CheckpointSizeError CheckpointRootError NoteSignatureFormError RepeatedNoteSignatureError
        VerifierKeyFormError VerifierKeyIdError ForeignCheckpointError MissingLogSignatureError
        EntryBundleFormError ProofFileFormError CosignatureFormError CosignatureError
        MissingCosignatureError WitnessProofError
        LogSignatureError AcknowledgementSignatureError AnchorRootError AnchorSizeError
        ForeignAnchorError ForeignLogKeyError FutureEntryError LateReferenceError LogStartError
        LogTimeOrderError MissingFactorError MissingLogOpeningError RepeatedStatementError
        UnreferencedFactorError UnreferencedStatementError EmptyCheckpointError
        CheckpointRootLengthError ChainAddressError UnknownRoleError DuplicateHandlerError
        RefusedGoodsHandlersError NestedPartError ReservedKindError RemovalNotStatedError NoRemovalError
        RemovalOwnerError RemovalEvidenceError PermanenceError UnknownRemovalError NotImpairedError
        NeutralityClaimError
        AttestationContentError MarkupError OpinionStatementError OwnOpinionError PeriodNotOverError
        WithdrawalError
        CircularProductionError AcceptanceChoiceError StandInChangeError
        PasskeyFormError PasskeyAddressError ClientDataError PasskeyCeremonyError PasskeyChallengeError
        AuthenticatorDataError UserPresenceError PasskeyHighSError PasskeySignatureError PasskeyTermsError
        KeyAlgorithmError
        ArrivedOutcomeError ArrivedQuantityError UndividedShipmentError
        FactorFileFormError NoTableRegionError MixedDeflatorError
        BackboneShareError KnownShareError UnusedInputError GeometricDeviationError ConcordanceWeightError
        BenchmarkBoundsError ReductionPathError
        HiddenTimeError HiddenOrderError UnknownProfileError AttestedLiabilityError AttestedStatementError
        OwnConservationError GrantSubjectError GrantOverError DisclosuresWithheldError
    """,
    428: "SecondSignatureMissingError",
    429: "BusyError QuotaError",
    500: """
        BooksDontCloseError TrialBalanceError
        MapPageError
        CorruptRowError FactorTableError FactorTableRowError FrontierFormError LogOrderError
        TileTooShortError UnencodableValueError SchemaVersionError WrongChainError ContractMissingError
        DeploymentsDamagedError SentFileDamagedError LogKeyMismatchError ForeignContractError
        DamagedTableError SingularTableError NotConvergedError
    """,
    502: """
        AnchorEventMissingError ChainRefusedError TransactionRevertedError
        WitnessAnswerFormError
    """,
    503: """
        AnchoringAddressUnfundedError ChainUnreachableError TransactionNotConfirmedError
        NonceTakenError GasPriceTooHighError NodeBehindError StandingStillError NodesDisagreeError
        BlockMismatchError
        DatabaseFailedError DatabaseUnreachableError LedgerLockedError LogNotOpenError NoLogError
        LocalChainFolderInUseError LocalChainNotInstalledError LocalChainNotStartedError
        LocalChainPortTakenError WitnessStoreError
    """,
}
_TERMINAL: Final = """
    TableLabelsError DuplicateLabelError NotANumberError MixedUnitsError TableChecksError UnknownCheckError
    PymrioMissingError UnknownTableFormatError TableFileError
    FactorSheetError DatasetTakenError MissingOriginError
    ConcordanceFileError ConcordanceWeightsError NoCounterpartError PriceIndexFileError
    ConcordanceGapError InventorySheetError InventoryTotalError
    LayoutFileError TableSheetError TableUnitError MissingLabelError UnknownLabelError
    NoSuchRemovalError WhichRemovalError
    WitnessPolicyError PublishedElsewhereError TooManyLogsError WitnessUnreachableError WitnessRefusedError
    WitnessAheadError WitnessDisagreesError MissingLogFileError AuditMemoryError NoAnchorContractError
    NeedsOutputError WhichGoodsError ChainLineError
    AddressNotUsableError BooksNotDerivedError BackupDamagedError BackupExistsError DatabaseDriverError
    DatabaseUrlError EmptyPassphraseError ExtraFileError KeyExistsError KeyFileError KeyNameError
    KeyNotFoundError LedgerNotEmptyError NoPassphraseError OpenFolderError PrivateKeyError RetiredKeyError
    SettingError WrongPassphraseError BareRecordError DraftDiffersError EmptyCellError FormulaCellError
    FractionRecordError HandledGoodsError LegWorkError NeededCellError NeedlessCellError
    UnknownOpeningError OpeningDateError RepeatedAmountError NeedlessShareError ServedAloneError SeasonsError
    NeedlessInstrumentCellError InstrumentKwhError OtherUnitError NoEvidenceError WhichLedgerError
    UnknownFormError NegativeRecordError
    RaggedRowError RecordActivityError RecordChoiceError RecordDateError RecordError RecordNumberError
    RecordPeriodError RecordRangeError RecordTextError RecordUnitError RecordsFileError
    RecordsRefusedError RegisterConflictError RegisterFileError RepeatedColumnError
    RepeatedReferenceError UnknownColumnError UnknownRecordError UnknownRecordFormError
    PartLoadRecordError LegCellError TripOverfullError
    UnresolvedReferenceError ZeroRecordError AcknowledgementDiffersError ChangedRecordError
    OtherLedgerError DemoRunningError FiguresDifferError ForeignFolderError NoCompanyError
    NoKeyInUseError NotAnchoredError PassportFailedError ServerBusyError ServerNotStartedError
    ServerRefusedError ServerUnreachableError UnknownRecordActivityError UnknownZoneError WhoseRecordsError
    NothingWaitsError WaitingUnreadableError NotPersonalError NothingToEraseError
    AcceptChoiceError AddressWithProofError AmbiguousNameError BadPassportError DeclinedError
    InputFormError LineFileError
    NoKeyHereError UncorrectedKindError NoSuchLineError NotConfirmedError NotRegisteredError
    PreviewDiffersError
    ReferenceTakenError RefusedClaimsError TypedQuantityError TypedTooFineError TypedUnitError
    UnfinishedStatementError UnknownNameError WhichCompanyError WhichZoneError
"""
TERMINAL: Final = frozenset(_TERMINAL.split())
STATUS_OF: Final = {name: status for status, names in _TABLE.items() for name in names.split()}
