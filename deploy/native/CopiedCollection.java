import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.DocumentWithPosition;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.h2.H2Collection;
import de.bwaldvogel.mongo.bson.Document;
import java.util.stream.Stream;
import org.h2.mvstore.MVMap;

/**
 * A collection that hands out copies, and makes more of ordered indexes. The server changes a document in its place,
 * field by field, and writes answers after it let go of the collection: a reader could get half of one version and half
 * of the next, or no answer at all. One level deep is enough: what is in a field is replaced, never changed.
 */
final class CopiedCollection extends H2Collection {
    CopiedCollection(
        MongoDatabase database, String name, CollectionOptions options, MVMap<Object, Document> documents,
        MVMap<String, Object> meta, CursorRegistry cursors) {
        super(database, name, options, documents, meta, cursors);
    }

    @Override
    protected Document getDocument(Object position) {
        Document stored = super.getDocument(position);
        return stored == null ? null : stored.clone();
    }

    @Override
    protected Stream<DocumentWithPosition<Object>> streamAllDocumentsWithPosition() {
        return super.streamAllDocumentsWithPosition()
            .map(each -> new DocumentWithPosition<>(each.getDocument().clone(), each.getPosition()));
    }

    @Override
    protected QueryResult matchDocuments(
        Document query, Document orderBy, int skipped, int limit, int batch, Document fields) {
        if (isNaturalDescending(orderBy)) {
            return super.matchDocuments(query, orderBy, skipped, limit, batch, fields);
        }
        Stream<Document> all = streamAllDocumentsWithPosition().map(DocumentWithPosition::getDocument);
        return matchDocumentsFromStream(all, query, orderBy, skipped, limit, batch, fields);
    }

    /**
     * By the index that leaves the fewest documents to read, where the server takes the first that will do. Who asks
     * for the first few in the order of an index gets them without the others being read and sorted, unless only few
     * of those fit the rest of the query.
     */
    @Override
    protected QueryResult queryDocuments(
        Document query, Document orderBy, int skipped, int limit, int batch, Document fields) {
        OrderedIndex fewest = null;
        OrderedIndex inOrder = null;
        for (Index<Object> index : getIndexes()) {
            if (index instanceof ExactIndex && index.canHandle(query)) {
                return super.queryDocuments(query, orderBy, skipped, limit, batch, fields);
            }
            if (index instanceof OrderedIndex ordered && ordered.canHandle(query)) {
                fewest = fewest == null || ordered.count(query) < fewest.count(query) ? ordered : fewest;
                inOrder = ordered.isInOrder(query, orderBy) ? ordered : inOrder;
            }
        }
        if (inOrder != null && (inOrder == fewest || readsLess(inOrder.count(query), fewest.count(query), limit))) {
            return matchDocuments(query, inOrder.getPositions(query), null, skipped, limit, batch, fields);
        }
        return fewest == null ? super.queryDocuments(query, orderBy, skipped, limit, batch, fields)
            : matchDocuments(query, fewest.getPositions(query), orderBy, skipped, limit, batch, fields);
    }

    /** If those that fit lie evenly among the ordered, the first so many are found after limit * ordered / fitting. */
    private static boolean readsLess(long ordered, long fitting, long limit) {
        return limit > 0 && ordered * limit < fitting * fitting;
    }

    /** Counted in an index that answers the whole query; the server itself would read every document. */
    @Override
    public synchronized int count(Document query, int skipped, int limit) {
        for (Index<Object> index : getIndexes()) {
            if (index instanceof OrderedIndex ordered && skipped == 0 && ordered.isAllOf(query)) {
                int found = ordered.count(query);
                return limit > 0 ? Math.min(found, limit) : found;
            }
        }
        return super.count(query, skipped, limit);
    }

    /** It would be written anew with each write, and nobody asks. */
    @Override
    protected boolean tracksDataSize() {
        return false;
    }
}
